# The console of `p5 serve`: TypeScript under console/, bundled by esbuild and compiled into the room serve, so that users need
# neither Node nor files at run time. Without esbuild the program is built without its console, and says so to browsers.
find_program(P5_ESBUILD esbuild)
set(p5_console_folder ${PROJECT_SOURCE_DIR}/console)
set(p5_console_source ${PROJECT_BINARY_DIR}/console/console_files.cc)
set(p5_console_inputs ${p5_console_folder}/index.html ${p5_console_folder}/console.css ${PROJECT_SOURCE_DIR}/data/openapi.json)
if(P5_ESBUILD)
  file(GLOB p5_console_scripts CONFIGURE_DEPENDS ${p5_console_folder}/src/*.ts)
  set(p5_console_bundle ${PROJECT_BINARY_DIR}/console/console.js)
  add_custom_command(
    OUTPUT ${p5_console_bundle}
    COMMAND ${P5_ESBUILD} ${p5_console_folder}/src/main.ts --bundle --minify --target=es2021 --log-level=warning
            --outfile=${p5_console_bundle}
    DEPENDS ${p5_console_scripts}
    COMMENT "Bundling the console")
else()
  message(STATUS "no esbuild: p5 serve is built without its console (apt-get install esbuild)")
endif()
add_custom_command(
  OUTPUT ${p5_console_source}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${p5_console_source} -DFOLDER=${p5_console_folder} -DBUNDLE=${p5_console_bundle}
          -DOPENAPI=${PROJECT_SOURCE_DIR}/data/openapi.json -P ${PROJECT_SOURCE_DIR}/cmake/embed_console.cmake
  DEPENDS ${p5_console_inputs} ${p5_console_bundle} ${PROJECT_SOURCE_DIR}/cmake/embed_console.cmake
  COMMENT "Embedding the console")
target_sources(p5_room_serve PRIVATE ${p5_console_source})
