# LibTorch's builds for any Linux (2.4 and later) export copies of parts of the libstdc++ that they were linked with,
# among them std::filesystem's directory iterators (PyTorch issue 133437). A program that finds the copies before the
# real ones mixes two versions of the same classes, and crashes when it lists a folder. The linker and the loader use
# the first definition in the order of the libraries. So the standard library goes before LibTorch, as it does in a
# program that loads libp5_torch.so on demand.
function(p5_link_standard_library_first target)
  if(CMAKE_CXX_IMPLICIT_LINK_LIBRARIES MATCHES "stdc\\+\\+")
    target_link_options(${target} INTERFACE "LINKER:--push-state,--no-as-needed,-lstdc++,--pop-state")
  endif()
endfunction()
