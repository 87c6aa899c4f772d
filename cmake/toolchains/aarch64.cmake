# Compiles for 64-bit ARM Linux with Debian's cross compiler, and runs what it compiles by qemu. scripts/cross_arm uses it.
# P5_ARM_LIBRARIES: the folder that `scripts/setup --arch arm64 --prefix FOLDER` wrote.
if(NOT EXISTS "${P5_ARM_LIBRARIES}/toolchain.cmake")
  message(FATAL_ERROR "The libraries of ARM are missing: '${P5_ARM_LIBRARIES}/toolchain.cmake' is not there.\n"
                      "  fix:  scripts/setup --no-torch --arch arm64 --prefix FOLDER\n"
                      "        cmake -DP5_ARM_LIBRARIES=FOLDER ...\n"
                      "  or:   scripts/cross_arm, which does both")
endif()
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES P5_ARM_LIBRARIES)

include(${P5_ARM_LIBRARIES}/toolchain.cmake)
# Nothing of this machine but its programs.
list(APPEND CMAKE_FIND_ROOT_PATH ${P5_ARM_LIBRARIES} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
