# SPDX-License-Identifier: Apache-2.0
# What others link: drydock::shared and drydock::static, both of the objects that
# the parts of the tree have compiled already, drydock::drydock, which is one of
# the two, and drydock::actors, for those whose own actors talk to drydock's.
include(DrydockHeaders)

drydock_gather_headers("${PROJECT_BINARY_DIR}/include" ${DRYDOCK_PUBLIC_HEADERS})
drydock_gather_headers("${PROJECT_BINARY_DIR}/actors-include" ${DRYDOCK_ACTORS_HEADERS})

set(DRYDOCK_PARTS interface rehearsal drivers store journal actors engine)

# drydock_product(NAME KIND): the library drydock::NAME.
function(drydock_product name kind)
  set(target drydock_${name})
  add_library(${target} ${kind})
  add_library(drydock::${name} ALIAS ${target})
  foreach(part IN LISTS DRYDOCK_PARTS)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:drydock_${part}>)
  endforeach()
  target_include_directories(${target} INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_link_libraries(${target} PRIVATE
    CAF::core PkgConfig::DRYDOCK_UV CURL::libcurl PkgConfig::DRYDOCK_SQLITE
    Threads::Threads)
  if(DRYDOCK_WITH_POSTGRESQL)
    target_link_libraries(${target} PRIVATE PkgConfig::DRYDOCK_LIBPQ)
  endif()
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME drydock
    EXPORT_NAME ${name}
    LINKER_LANGUAGE CXX
    ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
endfunction()

if(BUILD_SHARED_LIBS OR DRYDOCK_INSTALL)
  set(exported "${PROJECT_SOURCE_DIR}/library/exported.map")
  drydock_product(shared SHARED)
  set_target_properties(drydock_shared PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION 1 # that of drydock::v1, whatever the version is
    LINK_DEPENDS "${exported}")
  target_link_options(drydock_shared PRIVATE "LINKER:--version-script=${exported}")
  # Sanitizers leave the symbols of their runtime to the program.
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(drydock_shared PRIVATE LINKER:-z,defs)
  endif()
endif()
if(NOT BUILD_SHARED_LIBS OR DRYDOCK_INSTALL)
  drydock_product(static STATIC)
endif()

if(BUILD_SHARED_LIBS)
  add_library(drydock::drydock ALIAS drydock_shared)
else()
  add_library(drydock::drydock ALIAS drydock_static)
endif()

add_library(drydock_with_actors INTERFACE)
add_library(drydock::actors ALIAS drydock_with_actors)
target_include_directories(drydock_with_actors INTERFACE "${PROJECT_BINARY_DIR}/actors-include")
target_link_libraries(drydock_with_actors INTERFACE drydock::drydock CAF::core)
