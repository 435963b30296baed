# SPDX-License-Identifier: Apache-2.0
# Which headers are public: the only ones that are installed, and the only ones
# that a program which links drydock::drydock finds, in this tree too. What is not
# listed here may change with every version.
#
# Each list holds paths from the root; up to and with include/ they are cut off.
file(GLOB_RECURSE DRYDOCK_PUBLIC_HEADERS RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/library/include/drydock/*.hpp"
  "${PROJECT_SOURCE_DIR}/engine/include/drydock/engine/*.hpp")
list(APPEND DRYDOCK_PUBLIC_HEADERS
  rehearsal/include/drydock/rehearsal/report.hpp
  rehearsal/include/drydock/rehearsal/statistics.hpp)

# Machines of the engine that a program has no use for.
list(REMOVE_ITEM DRYDOCK_PUBLIC_HEADERS
  engine/include/drydock/engine/budget_share.hpp
  engine/include/drydock/engine/candidates.hpp
  engine/include/drydock/engine/command_sink.hpp
  engine/include/drydock/engine/explainer.hpp
  engine/include/drydock/engine/explanation.hpp
  engine/include/drydock/engine/keeper.hpp
  engine/include/drydock/engine/lifecycle.hpp
  engine/include/drydock/engine/repair_queue.hpp
  engine/include/drydock/engine/rollout.hpp
  engine/include/drydock/engine/rollout_record.hpp
  engine/include/drydock/engine/rollout_words.hpp
  engine/include/drydock/engine/shared_budget.hpp
  engine/include/drydock/engine/template_text.hpp)

# The component `actors`: these need CAF.
file(GLOB DRYDOCK_ACTORS_HEADERS RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/actors/include/drydock/protocol/*.hpp"
  "${PROJECT_SOURCE_DIR}/library/include/drydock/actors.hpp")
# What a coordinator writes down is told in terms of the engine's machines.
list(REMOVE_ITEM DRYDOCK_ACTORS_HEADERS actors/include/drydock/protocol/journal.hpp)
list(REMOVE_ITEM DRYDOCK_PUBLIC_HEADERS ${DRYDOCK_ACTORS_HEADERS})

# drydock_gather_headers(FOLDER HEADERS...): links to them in FOLDER, as they will
# stand in an installed include/, and none that stood there before.
function(drydock_gather_headers folder)
  file(REMOVE_RECURSE "${folder}")
  foreach(header IN LISTS ARGN)
    string(REGEX REPLACE "^.*/include/" "" name "${header}")
    cmake_path(GET name PARENT_PATH parent)
    file(MAKE_DIRECTORY "${folder}/${parent}")
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${header}" "${folder}/${name}" COPY_ON_ERROR SYMBOLIC)
  endforeach()
endfunction()

# drydock_install_headers(COMPONENT HEADERS...)
function(drydock_install_headers component)
  foreach(header IN LISTS ARGN)
    string(REGEX REPLACE "^.*/include/" "" name "${header}")
    cmake_path(GET name PARENT_PATH parent)
    install(FILES "${PROJECT_SOURCE_DIR}/${header}"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${parent}" COMPONENT ${component})
  endforeach()
endfunction()
