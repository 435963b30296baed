# SPDX-License-Identifier: Apache-2.0
# drydock.pc, and drydock-actors.pc for those whose own actors talk to drydock's. Their
# paths are relative to themselves, so that a prefix can be moved.
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

# drydock_is_implicit(RESULT FOLDER IMPLICIT...): whether the compiler looks there by
# itself.
function(drydock_is_implicit result folder)
  file(REAL_PATH "${folder}" folder)
  set(${result} FALSE PARENT_SCOPE)
  foreach(implicit IN LISTS ARGN)
    if(EXISTS "${implicit}")
      file(REAL_PATH "${implicit}" implicit)
      if(implicit STREQUAL folder)
        set(${result} TRUE PARENT_SCOPE)
      endif()
    endif()
  endforeach()
endfunction()

# drydock_link_words(RESULT LIBRARY...): libraries where the linker does not look by
# itself need their folder named. The lists of pkg-config may hold bare names beside
# paths.
function(drydock_link_words result)
  set(words)
  foreach(library IN LISTS ARGN)
    if(NOT IS_ABSOLUTE "${library}")
      list(APPEND words "-l${library}")
      continue()
    endif()
    cmake_path(GET library PARENT_PATH parent)
    cmake_path(GET library STEM name)
    string(REGEX REPLACE "^lib" "" name "${name}")
    drydock_is_implicit(known "${parent}" ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES})
    if(NOT known)
      file(REAL_PATH "${parent}" parent)
      list(APPEND words "-L${parent}")
    endif()
    list(APPEND words "-l${name}")
  endforeach()
  set(${result} ${words} PARENT_SCOPE)
endfunction()

get_target_property(curl_library CURL::libcurl IMPORTED_LOCATION_RELEASE)
if(NOT curl_library)
  get_target_property(curl_library CURL::libcurl IMPORTED_LOCATION)
endif()
drydock_link_words(PC_LIBS_PRIVATE "${CAF_CORE_LIBRARY}" ${DRYDOCK_UV_LINK_LIBRARIES}
  "${curl_library}" ${DRYDOCK_SQLITE_LINK_LIBRARIES} ${DRYDOCK_LIBPQ_LINK_LIBRARIES})
list(APPEND PC_LIBS_PRIVATE -pthread)
list(REMOVE_DUPLICATES PC_LIBS_PRIVATE)
list(JOIN PC_LIBS_PRIVATE " " PC_LIBS_PRIVATE)

# Whoever has actors makes an actor system, and so links CAF, of which Debian packages
# no .pc file.
drydock_link_words(PC_CAF_LIBS "${CAF_CORE_LIBRARY}")
list(JOIN PC_CAF_LIBS " " PC_CAF_LIBS)
set(PC_CAF_CFLAGS)
drydock_is_implicit(known "${CAF_INCLUDE_DIR}" ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
if(NOT known)
  set(PC_CAF_CFLAGS "-I${CAF_INCLUDE_DIR}")
endif()

foreach(pair drydock:development drydock-actors:actors)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 name)
  list(GET pair 1 component)
  configure_file(${name}.pc.in ${name}.pc @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc"
    DESTINATION "${folder}" COMPONENT ${component})
endforeach()
