# Fails if an object file of a CPU level defines a function that other files may define too (weak or unique symbols of nm).
string(REPLACE "|" ";" objects "${OBJECTS}")
list(FILTER objects EXCLUDE REGEX "/table\\.cpp")  # compiled without a level's flags
list(LENGTH objects n)
if(n EQUAL 0)
  message(FATAL_ERROR "no object files to look at")
endif()
foreach(object IN LISTS objects)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]* [WVu] [^\n]*" shared "${symbols}")
  # The reference to the exception handler's own table of the C++ library is data, not code.
  list(FILTER shared EXCLUDE REGEX "DW\\.ref\\.__gxx_personality_v0")
  if(shared)
    message(SEND_ERROR "${object} defines symbols that the linker may share:\n${shared}")
  endif()
endforeach()
message(STATUS "${n} object files share no symbols")
