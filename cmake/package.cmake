# The Debian package: everything that `cmake --install` brings, beside it a
# configuration that stays as its owner has edited it, and what is done when the
# package comes and goes.  `cpack -G DEB` in the build folder, or
# `cmake --workflow --preset package`.
include(GNUInstallDirs)

set(manual ${CMAKE_CURRENT_BINARY_DIR}/channel-monitor.1.gz)
add_custom_command(OUTPUT ${manual} VERBATIM
  COMMAND sh -c "exec gzip -9nc docs/channel-monitor.1 >\"$0\"" ${manual}
  DEPENDS docs/channel-monitor.1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_custom_target(manual ALL DEPENDS ${manual})
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES README.md README.zh-CN.md CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB pages CONFIGURE_DEPENDS docs/*.md)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY docs/schemas DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES sql/grants-mysql.sql sql/grants-postgres.sql
        DESTINATION ${CMAKE_INSTALL_DATADIR}/${PROJECT_NAME}/sql)
install(FILES deploy/completions/channel-monitor.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME ${PROJECT_NAME})
install(FILES deploy/completions/_channel-monitor
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)

# The example, but for the address of a database, without which no round
# begins, and the place that a service may write to.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  file(READ config_example.json example)
  foreach(key db_dsn=\"\" state=\"/var/lib/${PROJECT_NAME}/channel-monitor.db\")
    string(REGEX MATCH "^([a-z_]+)=(.*)$" parts ${key})
    set(replacement "\"${CMAKE_MATCH_1}\": ${CMAKE_MATCH_2}")
    string(REGEX REPLACE "\"${CMAKE_MATCH_1}\": \"[^\"]+\"" "${replacement}" changed
           "${example}")
    if(changed STREQUAL example)
      message(FATAL_ERROR "config_example.json has no ${CMAKE_MATCH_1}")
    endif()
    set(example "${changed}")
  endforeach()
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/config.json "${example}")
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/config.json
          DESTINATION /etc/${PROJECT_NAME} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Channel Monitor authors <authors@channel-monitor.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "keeps the model lists of an LLM gateway true")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Channel Monitor reads the table channels of a One API, New API or One Hub
gateway (SQLite, MySQL, MariaDB, PostgreSQL), asks every upstream which models
it has, test-calls each, and writes the lists back that survived, so that the
gateway routes only to what answers.")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
    GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What the libraries' own symbols do not tell: curl's CURLOPT_QUICK_EXIT.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.87), ca-certificates, adduser")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/deploy/debian/conffiles
    ${PROJECT_SOURCE_DIR}/deploy/debian/postinst
    ${PROJECT_SOURCE_DIR}/deploy/debian/prerm
    ${PROJECT_SOURCE_DIR}/deploy/debian/postrm)
include(CPack)
