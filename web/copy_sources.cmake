# Copies the page's sources beside the packages that npm has put into the build folder. What was deleted in the sources is
# deleted there, too.
foreach(folder src public scripts tests)
  file(REMOVE_RECURSE ${WORK}/${folder})
  if(EXISTS ${SOURCE}/${folder})
    file(COPY ${SOURCE}/${folder} DESTINATION ${WORK})
  endif()
endforeach()
foreach(name index.html vite.config.ts svelte.config.js tsconfig.json package.json)
  file(COPY ${SOURCE}/${name} DESTINATION ${WORK})
endforeach()
