# SPDX-License-Identifier: Apache-2.0
# drydock_use_allocator(TARGET): links mimalloc into a program, where it is
# installed and no sanitizer wants the allocator for itself. For programs only:
# which allocator a user of the libraries has is the user's choice.
find_library(DRYDOCK_MIMALLOC NAMES mimalloc)
mark_as_advanced(DRYDOCK_MIMALLOC)

function(drydock_use_allocator target)
  if(DRYDOCK_MIMALLOC AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    # No symbol of it is called by name, so the linker must be told to keep it.
    target_link_options(${target} PRIVATE
      LINKER:--push-state,--no-as-needed "${DRYDOCK_MIMALLOC}" LINKER:--pop-state)
  endif()
endfunction()
