# SPDX-License-Identifier: Apache-2.0
# drydock.pc. Its paths are relative to itself, so that a prefix can be moved.
#
# What the static library needs is in Libs.private rather than Requires.private:
# pkg-config asks for the latter's .pc files from everybody, also from those who
# link the shared library and need none of it.
set(folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
  set(PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH up "/${folder}" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(PC_PREFIX "\${pcfiledir}/${up}")
  set(PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

# Libraries where the linker does not look by itself need their folder named. The
# lists of pkg-config may hold bare names beside paths.
set(PC_LIBS_PRIVATE)
get_target_property(curl_library CURL::libcurl IMPORTED_LOCATION_RELEASE)
if(NOT curl_library)
  get_target_property(curl_library CURL::libcurl IMPORTED_LOCATION)
endif()
foreach(library "${CAF_CORE_LIBRARY}" ${DRYDOCK_UV_LINK_LIBRARIES} "${curl_library}"
    ${DRYDOCK_SQLITE_LINK_LIBRARIES} ${DRYDOCK_LIBPQ_LINK_LIBRARIES})
  if(NOT IS_ABSOLUTE "${library}")
    list(APPEND PC_LIBS_PRIVATE "-l${library}")
    continue()
  endif()
  cmake_path(GET library PARENT_PATH parent)
  cmake_path(GET library STEM name)
  string(REGEX REPLACE "^lib" "" name "${name}")
  file(REAL_PATH "${parent}" parent)
  set(known FALSE)
  foreach(implicit IN LISTS CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    if(EXISTS "${implicit}")
      file(REAL_PATH "${implicit}" implicit)
      if(implicit STREQUAL parent)
        set(known TRUE)
      endif()
    endif()
  endforeach()
  if(NOT known)
    list(APPEND PC_LIBS_PRIVATE "-L${parent}")
  endif()
  list(APPEND PC_LIBS_PRIVATE "-l${name}")
endforeach()
list(APPEND PC_LIBS_PRIVATE -pthread)
list(REMOVE_DUPLICATES PC_LIBS_PRIVATE)
list(JOIN PC_LIBS_PRIVATE " " PC_LIBS_PRIVATE)

configure_file(drydock.pc.in drydock.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/drydock.pc"
  DESTINATION "${folder}" COMPONENT development)
