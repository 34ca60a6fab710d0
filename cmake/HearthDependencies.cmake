# What Hearth takes from Debian 12; scripts/setup installs it. Global, so that a project that adds this one as a sub-folder can
# link with what Hearth links with.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET GLOBAL libpcre2-8)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET GLOBAL libutf8proc)
pkg_check_modules(LIBEDIT REQUIRED IMPORTED_TARGET GLOBAL libedit)
# Its CMake package asks for the parts that serve and push, too.
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET GLOBAL prometheus-cpp-core)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET GLOBAL sqlite3>=3.40)  # STRICT tables, FTS5
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET GLOBAL tomlplusplus)
if(HEARTH_TESTS)
  find_package(GTest REQUIRED)
endif()
if(HEARTH_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
