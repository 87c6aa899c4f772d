# Debian's LibTorch runs on the BLAS that the alternatives point to. The reference BLAS is about a hundred times slower
# than OpenBLAS (2 against 200 GFLOP/s measured), which looks like a hang: refuse it, and name the fix.
set(P5_ALLOW_SLOW_BLAS OFF CACHE BOOL "Configure even against the reference BLAS")

# Checks the output of `ldd libtorch_cpu.so`.
function(p5_refuse_slow_blas needed)
  string(REGEX MATCH "libblas\\.so\\.3 => ([^ \n]+)" found "${needed}")
  if(NOT found)
    return()  # a LibTorch with its own BLAS inside (MKL)
  endif()
  file(REAL_PATH ${CMAKE_MATCH_1} blas)
  message(STATUS "BLAS of LibTorch: ${blas}")
  if(blas MATCHES "openblas|mkl|blis|atlas" OR P5_ALLOW_SLOW_BLAS)
    return()
  endif()
  message(FATAL_ERROR "LibTorch would run on the reference BLAS (${blas}), about 100 times slower than OpenBLAS.\n"
                      "  fix:  apt-get install libopenblas0-pthread\n"
                      "        update-alternatives --auto libblas.so.3-x86_64-linux-gnu\n"
                      "  or:   cmake -DP5_ALLOW_SLOW_BLAS=ON ... to continue anyway")
endfunction()

function(p5_check_blas)
  find_library(torch_cpu_library torch_cpu HINTS ${TORCH_INSTALL_PREFIX}/lib)
  if(torch_cpu_library)
    execute_process(COMMAND ldd ${torch_cpu_library} OUTPUT_VARIABLE needed ERROR_QUIET)
    p5_refuse_slow_blas("${needed}")
  endif()
endfunction()
if(NOT CMAKE_SCRIPT_MODE_FILE)  # the test of this file calls p5_refuse_slow_blas itself
  p5_check_blas()
endif()
