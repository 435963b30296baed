# SPDX-License-Identifier: Apache-2.0
# What every target of this tree shares. Warnings are errors in the presets only,
# so that nobody who builds drydock with another compiler is stopped by one.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
  endif()
  find_program(DRYDOCK_CCACHE ccache)
  if(DRYDOCK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${DRYDOCK_CCACHE}")
  endif()
  find_program(DRYDOCK_MOLD mold)
  if(DRYDOCK_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

add_library(drydock_warnings INTERFACE)
target_compile_options(drydock_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual
  # In moves of variants that hold strings g++ 12 sees overlaps (GCC bug 105651)
  # and uninitialized members of the alternatives that are not there; clang and
  # the sanitizers watch over both.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fno-semantic-interposition DRYDOCK_HAS_NO_INTERPOSITION)

# drydock_library(NAME SOURCES ... LINK ... PRIVATE_LINK ...)
# makes the static library drydock_NAME, with the alias drydock::NAME where that is
# no name of the installed package; its headers are in include/, and a target sees
# only the headers of what it links. These are the parts of the tree; what others
# link is made of their objects, in DrydockTargets.cmake.
function(drydock_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(drydock_${name} STATIC ${ARG_SOURCES})
  if(NOT name STREQUAL "actors")
    add_library(drydock::${name} ALIAS drydock_${name})
  endif()
  target_include_directories(drydock_${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
  # Not all who link it build in this tree, with its CMAKE_CXX_STANDARD.
  target_compile_features(drydock_${name} PUBLIC cxx_std_20)
  target_include_directories(drydock_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(drydock_${name}
    PUBLIC ${ARG_LINK}
    PRIVATE drydock_warnings ${ARG_PRIVATE_LINK})
  # The same objects go into the shared library. Nobody replaces a function of it
  # by one of the same name, so its own calls may be inlined as in a program.
  set_target_properties(drydock_${name} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    VISIBILITY_INLINES_HIDDEN ON)
  if(DRYDOCK_HAS_NO_INTERPOSITION)
    target_compile_options(drydock_${name} PRIVATE -fno-semantic-interposition)
  endif()
endfunction()
