# SPDX-License-Identifier: Apache-2.0
# The component `program`: what people who upgrade fleets install.
install(TARGETS drydock_program RUNTIME
  DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)

# Debian wants its manuals compressed, and in the same bytes each time.
if(DRYDOCK_PACKAGE)
  find_program(DRYDOCK_GZIP gzip REQUIRED)
endif()
foreach(page drydock.1 drydock-fleet.5)
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/man/${page}")
  string(REGEX MATCH "[0-9]$" section "${page}")
  if(DRYDOCK_PACKAGE)
    set(packed "${CMAKE_CURRENT_BINARY_DIR}/${page}.gz")
    add_custom_command(OUTPUT "${packed}" DEPENDS "${source}" VERBATIM
      COMMAND sh -c "\"$0\" -9nc \"$1\" >\"$2\"" "${DRYDOCK_GZIP}" "${source}" "${packed}")
    list(APPEND packed_pages "${packed}")
    set(source "${packed}")
  endif()
  install(FILES "${source}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}"
    COMPONENT program)
endforeach()
if(DRYDOCK_PACKAGE)
  add_custom_target(drydock_manual ALL DEPENDS ${packed_pages})
endif()

# Debian has a folder for what packages bring, zsh's own is for what it brings itself.
set(zsh_folder site-functions)
if(DRYDOCK_PACKAGE)
  set(zsh_folder vendor-completions)
endif()
install(FILES completions/drydock.bash RENAME drydock
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT program)
install(FILES completions/_drydock
  DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/${zsh_folder}" COMPONENT program)
install(FILES completions/drydock.fish
  DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT program)

install(FILES
  "${PROJECT_SOURCE_DIR}/docs/interface.md"
  "${PROJECT_SOURCE_DIR}/docs/rehearsal.md"
  "${PROJECT_SOURCE_DIR}/docs/semantics.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
install(FILES "${PROJECT_SOURCE_DIR}/config/drydock.example.toml" RENAME drydock.toml
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT program)
install(FILES "${PROJECT_SOURCE_DIR}/examples/rehearsal/fleet.toml" RENAME rehearsal.toml
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT program)
