# p5_add_module(NAME <room> [SEPARATE] [DEPS <rooms>] [LINK <third-party targets>] DESCRIPTION <text>)
#
# One call per room under src/. The room becomes a static library p5_room_<name>. Sources named *_module.cc or
# *_torch.cc are behind the wall (the LibTorch boundary): they become an object library p5_wall_<name> that only
# libp5_torch.so links. *_plugin.cc become separate libraries.
# With P5_UNITY its other sources are compiled in groups, except with SEPARATE: sums of kernels then round the same in
# every build, since no function is inlined across files.
# Configuring stops when a file of the room includes a room that is not in DEPS (base is free to all), or when a
# file on this side of the wall includes libtorch.
set_property(GLOBAL PROPERTY P5_ROOMS "")
set_property(GLOBAL PROPERTY P5_LINKS "")
set_property(GLOBAL PROPERTY P5_WALL_ROOMS "")
set_property(GLOBAL PROPERTY P5_ROOM_ROWS "")

function(p5_compile_in_groups target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC treats an included source as a header, in which members whose types have internal linkage would be an error.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(p5_check_includes room folder allowed)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.h ${folder}/*.cc)
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*\"[a-z_0-9]+/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^\"]*\"([a-z_0-9]+)/.*$" "\\1" target "${line}")
      if(NOT target STREQUAL "p5" AND NOT target IN_LIST allowed)
        file(RELATIVE_PATH shown ${PROJECT_SOURCE_DIR} ${file})
        message(FATAL_ERROR "${shown} includes room '${target}', which room '${room}' may not use.\n"
                            "  line:     ${line}\n  expected: one of ${allowed}\n"
                            "  fix:      move the code, or widen DEPS in src/CMakeLists.txt and docs/architecture.md")
      endif()
    endforeach()
  endforeach()
endfunction()

function(p5_check_wall room folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.h ${folder}/*.cc)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*<(torch|ATen|c10)/")
    if(lines AND NOT name MATCHES "(_module\\.h|_module\\.cc|_torch\\.cc)$")
      message(FATAL_ERROR "src/${room}/${name} includes libtorch but is not behind the LibTorch boundary.\n"
                          "  expected: a header named *_module.h, or a source named *_module.cc or *_torch.cc")
    endif()
  endforeach()
endfunction()

# One line per room for docs/architecture.md: name, floor, whether LibTorch is inside, what it is for, what it may include.
# A room is one floor above the highest room that it may include.
function(p5_note_room name with_torch description)
  set(floor 1)
  if(NOT name STREQUAL "base")
    set(floor 2)
  endif()
  foreach(dep IN LISTS ARGN)
    get_property(below GLOBAL PROPERTY P5_FLOOR_${dep})
    if(NOT below LESS floor)
      math(EXPR floor "${below} + 1")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY P5_FLOOR_${name} ${floor})
  string(REPLACE ";" " " deps "${ARGN}")
  set_property(GLOBAL APPEND_STRING PROPERTY P5_ROOM_ROWS "${name}\t${floor}\t${with_torch}\t${description}\t${deps}\n")
endfunction()

function(p5_add_module)
  cmake_parse_arguments(M "SEPARATE" "NAME;DESCRIPTION" "DEPS;LINK" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/src/${M_NAME})
  p5_check_includes(${M_NAME} ${folder} "${M_NAME};base;${M_DEPS}")
  p5_check_wall(${M_NAME} ${folder})

  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  set(wall ${sources})
  list(FILTER wall INCLUDE REGEX "(_module|_torch)\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_module|_torch|_plugin)\\.cc$")

  set(with_torch no)
  if(wall)
    set(with_torch yes)
  endif()
  p5_note_room(${M_NAME} ${with_torch} "${M_DESCRIPTION}" ${M_DEPS})

  set(room p5_room_${M_NAME})
  if(sources)
    add_library(${room} STATIC ${sources})
    if(P5_UNITY AND NOT M_SEPARATE)
      p5_compile_in_groups(${room})
    endif()
    set(scope PUBLIC)
  else()
    add_library(${room} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${room} ${scope} ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  if(NOT M_NAME STREQUAL "base")
    target_link_libraries(${room} ${scope} p5_room_base)
  endif()
  foreach(dep IN LISTS M_DEPS)
    target_link_libraries(${room} ${scope} p5_room_${dep})
  endforeach()
  if(sources)
    target_link_libraries(${room} PRIVATE p5_flags PUBLIC ${M_LINK})
    set_property(GLOBAL APPEND PROPERTY P5_ROOMS ${room})
    set_property(GLOBAL APPEND PROPERTY P5_LINKS ${M_LINK})
  endif()

  if(wall AND P5_TORCH)
    add_library(p5_wall_${M_NAME} OBJECT ${wall})
    set_target_properties(p5_wall_${M_NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    target_include_directories(p5_wall_${M_NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(p5_wall_${M_NAME} PRIVATE p5_flags p5_libtorch nlohmann_json::nlohmann_json fmt::fmt)
    target_precompile_headers(p5_wall_${M_NAME} REUSE_FROM p5_torch_pch)
    set_property(GLOBAL APPEND PROPERTY P5_WALL_ROOMS p5_wall_${M_NAME})
  endif()
endfunction()

# p5_add_room_test(<room>): tests/<room>/*_test.cc become one program test_<room>; files named *_torch_test.cc
# become one translation unit of a second program test_<room>_torch, which links the rooms behind the wall.
function(p5_add_room_test room)
  set(folder ${PROJECT_SOURCE_DIR}/tests/${room})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_test.cc)
  set(wall ${sources})
  list(FILTER sources EXCLUDE REGEX "_torch_test\\.cc$")
  list(FILTER wall INCLUDE REGEX "_torch_test\\.cc$")
  if(sources)
    add_executable(test_${room} ${sources})
    target_include_directories(test_${room} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(test_${room} PRIVATE p5_flags p5_room_${room} p5_test_support GTest::gmock_main)
    gtest_discover_tests(test_${room} TEST_PREFIX "${room}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS ${room})
  endif()
  if(wall AND P5_TORCH)
    get_property(walls GLOBAL PROPERTY P5_WALL_ROOMS)
    get_property(rooms GLOBAL PROPERTY P5_ROOMS)
    add_executable(test_${room}_torch ${wall})
    # Position-independent like a library: otherwise the precompiled header does not fit.
    set_target_properties(test_${room}_torch PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0 ENABLE_EXPORTS ON
                                                        POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(test_${room}_torch PRIVATE -fPIC)
    target_precompile_headers(test_${room}_torch REUSE_FROM p5_torch_pch)
    target_include_directories(test_${room}_torch PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(test_${room}_torch PRIVATE p5_flags ${walls} ${rooms} p5_test_support p5_libtorch
                                                     GTest::gmock_main)
    gtest_discover_tests(test_${room}_torch TEST_PREFIX "${room}." DISCOVERY_TIMEOUT 120
                         PROPERTIES TIMEOUT 300 LABELS "${room};torch")
  endif()
endfunction()
