# SPDX-License-Identifier: Apache-2.0
# DRYDOCK_VERSION, as the public headers say it: programs read it there, and a
# second place could say something else.
set(DRYDOCK_VERSION_HEADER "${CMAKE_CURRENT_LIST_DIR}/../library/include/drydock/version.hpp")

function(drydock_read_version)
  set(parts)
  foreach(part MAJOR MINOR PATCH)
    file(STRINGS "${DRYDOCK_VERSION_HEADER}" line REGEX "^#define DRYDOCK_VERSION_${part} [0-9]+$")
    if(NOT line MATCHES "([0-9]+)$")
      message(FATAL_ERROR "${DRYDOCK_VERSION_HEADER} has no line "
        "\"#define DRYDOCK_VERSION_${part} NUMBER\": the version of the build is read there")
    endif()
    list(APPEND parts "${CMAKE_MATCH_1}")
  endforeach()
  list(JOIN parts "." version)
  set(DRYDOCK_VERSION "${version}" PARENT_SCOPE)
endfunction()

drydock_read_version()
