# The options of the build. Everything else follows from the presets.
option(P5_DEVELOPER "Build tests and benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(P5_FUZZ "Build the fuzz targets (needs clang)" OFF)
option(P5_TORCH "Build the part that uses LibTorch: training, and inference on a GPU" ON)
option(P5_UNITY "Compile the light sources in groups: a first build is quicker, a change compiles its whole group" OFF)
set(P5_MARCH "" CACHE STRING "Value of -march, for example native; empty keeps the compiler's portable default")
set(P5_SANITIZE "" CACHE STRING "Value of -fsanitize=, for example address,undefined")
set(P5_PYTHON_DIR "" CACHE STRING "Where cmake --install puts the Python package, below the prefix, for example\
 lib/python3/dist-packages; empty: it is not installed")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The program, the two libraries and the prompts find each other by relative paths, in the build folder and installed.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
include(GNUInstallDirs)
file(RELATIVE_PATH p5_libraries_from_programs ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set(CMAKE_INSTALL_RPATH "$ORIGIN:$ORIGIN/${p5_libraries_from_programs}")

find_program(P5_CCACHE ccache)
if(P5_CCACHE)
  # ccache caches precompiled headers only when it may ignore their time stamps.
  # Paths are hashed relative to the source, so that a second clone can use what the first one compiled.
  set(p5_launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
                  CCACHE_NOHASHDIR=1 ${P5_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${p5_launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${p5_launcher})
endif()

add_library(p5_flags INTERFACE)
target_compile_options(p5_flags INTERFACE -Wall -Wextra -Wshadow=local -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns wrongly about overlapping copies within std::string's operator+ (GCC bug 105651).
  target_compile_options(p5_flags INTERFACE -Wno-restrict)
endif()
if(P5_MARCH)
  target_compile_options(p5_flags INTERFACE -march=${P5_MARCH})
endif()
if(P5_SANITIZE)
  target_compile_options(p5_flags INTERFACE -fsanitize=${P5_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(p5_flags INTERFACE -fsanitize=${P5_SANITIZE})
endif()
