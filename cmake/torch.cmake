# LibTorch: Debian's 1.13 or any newer one through -DCMAKE_PREFIX_PATH=<libtorch>, CUDA builds included.
find_package(Torch QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "p5 needs LibTorch, which was not found.\n"
                      "  fix:  scripts/setup, or: apt-get install libtorch-dev libopenblas0-pthread libopenblas-dev\n"
                      "  or:   cmake -DCMAKE_PREFIX_PATH=<an unpacked LibTorch 2.x> ...\n"
                      "  or:   cmake -DP5_TORCH=OFF ... (import, statistics and baselines only)")
endif()
separate_arguments(p5_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
add_library(p5_libtorch INTERFACE)
target_include_directories(p5_libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_compile_options(p5_libtorch INTERFACE ${p5_torch_flags})
target_link_libraries(p5_libtorch INTERFACE ${TORCH_LIBRARIES})
# LibTorch 2.x ships the headers of a newer fmt than the system's libfmt, and they come first. Whichever headers are
# found, the functions come from the headers.
target_compile_definitions(p5_libtorch INTERFACE FMT_HEADER_ONLY)

include(cmake/standard_library_first.cmake)
p5_link_standard_library_first(p5_libtorch)
include(cmake/blas_check.cmake)

# One precompiled header for all translation units that use LibTorch (16 to 25 s each without it).
file(WRITE ${PROJECT_BINARY_DIR}/p5_torch_pch.cc "// Carries the precompiled header of libtorch.\n")
add_library(p5_torch_pch OBJECT ${PROJECT_BINARY_DIR}/p5_torch_pch.cc)
target_link_libraries(p5_torch_pch PRIVATE p5_flags p5_libtorch nlohmann_json::nlohmann_json fmt::fmt)
target_precompile_headers(p5_torch_pch PRIVATE <torch/torch.h>)
