# SPDX-License-Identifier: Apache-2.0
# Three Debian packages, of the preset `package`; `./dev package` builds and checks
# them. packaging/debian/ holds the files that only they have.
set(debian_folder "${CMAKE_CURRENT_SOURCE_DIR}/debian")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME drydock)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "drydock developers <drydock@example.org>")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# A package is a group of components; its variables have the group's name.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime development actors program)
set(CPACK_COMPONENT_RUNTIME_GROUP lib)
set(CPACK_COMPONENT_DEVELOPMENT_GROUP dev)
set(CPACK_COMPONENT_ACTORS_GROUP dev)
set(CPACK_COMPONENT_PROGRAM_GROUP program)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(full_version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
file(STRINGS "${debian_folder}/changelog" newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^drydock \\(([^)]*)\\)" OR NOT CMAKE_MATCH_1 STREQUAL full_version)
  message(FATAL_ERROR "packaging/debian/changelog begins with \"${newest}\", but the version "
    "is ${full_version}: add an entry")
endif()
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# The whole text is in each package's own description.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")

# CPack knows Multi-Arch since 3.31 only; a value may have a second line.
set(same_on_all_architectures "optional\nMulti-Arch: same")
set(about "\
drydock brings the instances of a scale set to a new model, such as a new
image or changed settings: in batches, with health checks between them, and
without more unavailable instances than the policy allows.
")

set(CPACK_DEBIAN_LIB_PACKAGE_NAME libdrydock1)
set(CPACK_DEBIAN_LIB_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIB_PACKAGE_PRIORITY "${same_on_all_architectures}")
set(CPACK_DEBIAN_LIB_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIB_DESCRIPTION "upgrade engine for fleets (shared library)
${about}
This package has the shared library that programs are linked with.")
# For all packages, but only one has a library. Within 0.x functions may come; a
# program needs the version it was built with, or a later one.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

# ldconfig runs by a trigger. CPack would call it from scripts as well, unless there
# are scripts already: the two that are named do not exist, and so the package gets
# none (CPack says so).
set(CPACK_DEBIAN_LIB_PACKAGE_CONTROL_EXTRA "${debian_folder}/triggers"
  "${debian_folder}/none/postinst" "${debian_folder}/none/postrm")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libdrydock-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_PRIORITY "${same_on_all_architectures}")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libdrydock1 (= ${full_version})")
# Only the static library and the component `actors` need them.
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS
  "libcaf-dev, libuv1-dev, libcurl4-openssl-dev | libcurl4-gnutls-dev, libsqlite3-dev, libpq-dev, pkg-config, cmake")
set(CPACK_DEBIAN_DEV_DESCRIPTION "upgrade engine for fleets (development files)
${about}
This package has the headers, the static library and the files by which
CMake and pkg-config find them.")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME drydock)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "gnuplot-nox | gnuplot")
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "upgrade fleets in batches and keep what the policy promises
${about}
This package has the program. It reads what to do from a fleet file, can
show a plan, and can rehearse an upgrade many times before it is made.")

# What every package must have in its own folder of documentation.
find_program(DRYDOCK_GZIP gzip REQUIRED)
set(changelog "${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz")
add_custom_command(OUTPUT "${changelog}" DEPENDS "${debian_folder}/changelog" VERBATIM
  COMMAND sh -c "\"$0\" -9nc \"$1\" >\"$2\""
    "${DRYDOCK_GZIP}" "${debian_folder}/changelog" "${changelog}")
add_custom_target(drydock_changelog ALL DEPENDS "${changelog}")
foreach(pair runtime:libdrydock1 development:libdrydock-dev program:drydock)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 component)
  list(GET pair 1 package)
  install(FILES "${debian_folder}/copyright" "${changelog}"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}" COMPONENT ${component})
  install(FILES "${debian_folder}/lintian-overrides" RENAME "${package}"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/lintian/overrides" COMPONENT ${component})
endforeach()

include(CPack)
