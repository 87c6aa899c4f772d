# A Debian package of what is installed: scripts/deb, or cpack -G DEB in a build folder. What it depends on follows from the
# libraries that the files are linked with (dpkg-shlibdeps); a library that is only opened by its name is added here.
set(P5_PACKAGE_CONTACT "p5 <p5@localhost>" CACHE STRING "Maintainer that the Debian package names")

set(CPACK_PACKAGE_NAME p5)
set(CPACK_PACKAGE_VENDOR p5)
set(CPACK_PACKAGE_CONTACT "${P5_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "recommender engine: one model for every task, asked through prompts")
set(CPACK_PACKAGE_DESCRIPTION
    "p5 reads a log of who bought, watched or rated what, trains one model on
every recommendation task, written as text, and answers from the command
line, over HTTP, from C++, C and Python: what comes next, how many stars,
which of these, why, and what a review says.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_INSTALL_DIRECTORY p5)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR "TGZ")
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)  # p5_0.1.0_amd64.deb
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})  # libp5.so itself
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread | libopenblas0")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql")
if(P5_PYTHON_DIR)
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, python3-numpy")
  string(APPEND CPACK_DEBIAN_PACKAGE_SUGGESTS ", python3-pandas, python3-tqdm")
endif()
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_STRICT_CONTROL_PERMISSION TRUE)
include(CPack)
