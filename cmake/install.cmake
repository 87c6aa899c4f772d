# What `cmake --install` installs: bin/p5, lib/libp5.so, lib/libp5_c.so, lib/libp5_torch.so, lib/libp5_sentencepiece.so, lib/libp5_faiss.so,
# lib/libp5_microhttpd.so, lib/libp5_postgres.so, lib/libp5_kafka.so, include/p5, share/p5, the pages of docs/, manual pages, completions for bash,
# zsh and fish, the package that find_package(p5) reads, and with P5_PYTHON_DIR the Python package. The tree can be moved:
# all paths in it are relative.
include(CMakePackageConfigHelpers)

file(STRINGS ${PROJECT_SOURCE_DIR}/include/p5/version.h p5_version_line REGEX "kVersion")
if(NOT p5_version_line MATCHES "\"${PROJECT_VERSION}\"")
  message(FATAL_ERROR "include/p5/version.h and CMakeLists.txt name different versions.\n"
                      "  expected: \"${PROJECT_VERSION}\"\n  got:      ${p5_version_line}")
endif()

set(p5_data_folder ${CMAKE_INSTALL_DATADIR}/p5)
set(p5_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/p5)

# The installed tree must find a LibTorch outside the system's folders.
foreach(target p5 p5_c p5_engine p5_torch p5_sentencepiece_door p5_faiss_door p5_microhttpd_door p5_postgres_door p5_kafka_door)
  if(TARGET ${target})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
endforeach()

find_program(P5_GZIP gzip)  # manual pages are compressed where there is one, without a time in them
if(TARGET p5)
  install(TARGETS p5 RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The program itself knows what its command lines are; a machine that builds for another one gets no completions.
  if(NOT CMAKE_CROSSCOMPILING)
    foreach(row "bash bash-completion/completions/p5" "zsh zsh/site-functions/_p5" "fish fish/vendor_completions.d/p5.fish")
      separate_arguments(row)
      list(GET row 0 shell)
      list(GET row 1 file)
      set(script ${PROJECT_BINARY_DIR}/completions/${file})
      install(CODE "file(WRITE \"${script}\" \"\")
                    execute_process(COMMAND \"$<TARGET_FILE:p5>\" completion ${shell} OUTPUT_FILE \"${script}\"
                                    COMMAND_ERROR_IS_FATAL ANY)")
      cmake_path(GET file PARENT_PATH folder)
      install(FILES ${script} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
    endforeach()
    install(CODE "file(REMOVE_RECURSE \"${PROJECT_BINARY_DIR}/man\")
                  execute_process(COMMAND \"$<TARGET_FILE:p5>\" man --out \"${PROJECT_BINARY_DIR}/man/man1\"
                                  COMMAND_ERROR_IS_FATAL ANY)
                  if(EXISTS \"${P5_GZIP}\")
                    file(GLOB pages \"${PROJECT_BINARY_DIR}/man/man1/*.1\")
                    execute_process(COMMAND \"${P5_GZIP}\" -9 -n \${pages} COMMAND_ERROR_IS_FATAL ANY)
                  endif()")
    install(DIRECTORY ${PROJECT_BINARY_DIR}/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  endif()
endif()
foreach(door p5_sentencepiece_door p5_faiss_door p5_microhttpd_door p5_postgres_door p5_kafka_door)
  if(TARGET ${door})
    install(TARGETS ${door} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
install(TARGETS p5_c LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET p5_torch)
  install(TARGETS p5_torch LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(TARGET p5_engine)
  target_compile_features(p5_engine INTERFACE cxx_std_20)
  install(TARGETS p5_engine EXPORT p5Targets
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT p5Targets NAMESPACE p5:: DESTINATION ${p5_package_folder})
  configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/p5Config.cmake.in ${PROJECT_BINARY_DIR}/p5Config.cmake
    INSTALL_DESTINATION ${p5_package_folder} PATH_VARS CMAKE_INSTALL_INCLUDEDIR p5_data_folder)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/p5ConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/p5Config.cmake ${PROJECT_BINARY_DIR}/p5ConfigVersion.cmake
          DESTINATION ${p5_package_folder})
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/p5 DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
foreach(folder prompts configs data)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${folder})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${p5_data_folder})
  endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)  # where Debian looks
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(P5_PYTHON_DIR)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/python/p5 DESTINATION ${P5_PYTHON_DIR}
          FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
endif()

# The component `wheel`, of which scripts/wheel makes a Python package: the package with the libraries in p5/lib and what
# they read in p5/share/p5, where resource_path() looks.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/python/p5 DESTINATION . COMPONENT wheel EXCLUDE_FROM_ALL
        FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
foreach(target p5_c p5_engine p5_torch p5_sentencepiece_door p5_faiss_door)
  if(TARGET ${target})
    install(TARGETS ${target} LIBRARY DESTINATION p5/lib COMPONENT wheel EXCLUDE_FROM_ALL)
  endif()
endforeach()
foreach(folder prompts configs data)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION p5/share/p5 COMPONENT wheel EXCLUDE_FROM_ALL)
endforeach()
