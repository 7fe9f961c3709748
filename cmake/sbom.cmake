# cmake -Dbinary=… -Dversion=… -Dout=… -P sbom.cmake
#
# Writes the bill of materials of a program as CycloneDX 1.4: every library that
# its loader will ask for, as readelf sees it, and those that were compiled in
# from headers; each with the Debian package that it came from.  The same
# program on the same machine gives the same file.
cmake_minimum_required(VERSION 3.25)

# Soname without its number: licence (SPDX), by Debian's copyright files.
set(licence_libyaml-cpp MIT)
set(licence_libcurl curl)
set(licence_libfmt MIT)
set(licence_libsimdjson Apache-2.0)
set(licence_libcrypto Apache-2.0)
set(licence_libssl Apache-2.0)
set(licence_libsqlite3 blessing)
set(licence_libpq PostgreSQL)
set(licence_libmysqlcppconn "GPL-2.0-only WITH Universal-FOSS-exception-1.0")
set(licence_libstdc++ "GPL-3.0-or-later WITH GCC-exception-3.1")
set(licence_libgcc_s "GPL-3.0-or-later WITH GCC-exception-3.1")
set(licence_libc LGPL-2.1-or-later)
set(licence_libm LGPL-2.1-or-later)
set(licence_ld-linux LGPL-2.1-or-later)
# Compiled in: package, licence.
set(headers libcli11-dev nlohmann-json3-dev libboost-dev)
set(licence_libcli11-dev BSD-3-Clause)
set(licence_nlohmann-json3-dev MIT)
set(licence_libboost-dev BSL-1.0)

function(run variable)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${ARGN}
                  OUTPUT_VARIABLE text ERROR_QUIET)
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# The installed package that has the file of that soname: "name version arch".
function(package_of soname variable)
  run(found dpkg-query -S "*/${soname}")
  set(${variable} "" PARENT_SCOPE)
  string(REGEX REPLACE "([.+])" "\\\\\\1" soname "${soname}")
  string(REGEX MATCH "([^\n:]+):[^\n]*: (/usr)?/lib(64|32)?(/[a-z0-9_-]+)?/${soname}" line "${found}")
  if(line)
    describe(${CMAKE_MATCH_1} text)
    set(${variable} "${text}" PARENT_SCOPE)
  endif()
endfunction()

function(describe package variable)
  run(text dpkg-query -W -f "\${Package} \${Version} \${Architecture}\n" ${package})
  string(REGEX MATCH "^[^\n]*" text "${text}")
  string(REPLACE " " ";" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# Adds `package` to `components`, and its reference to `references`.
macro(add name licence scope)
  list(GET package 0 package_name)
  list(GET package 1 package_version)
  list(GET package 2 package_arch)
  string(REPLACE "+" "%2B" escaped "${package_version}")
  string(REPLACE ":" "%3A" escaped "${escaped}")
  string(REPLACE "+" "%2B" escaped_name "${package_name}")
  set(purl "pkg:deb/debian/${escaped_name}@${escaped}?arch=${package_arch}")
  if("${licence}" MATCHES " ")
    set(licences "[{\"expression\":\"${licence}\"}]")
  elseif("${licence}" STREQUAL "")
    set(licences "[]")
  else()
    set(licences "[{\"license\":{\"id\":\"${licence}\"}}]")
  endif()
  list(APPEND components "{\"type\":\"library\",\"bom-ref\":\"${name}\",\"name\":\"${package_name}\",\"version\":\"${package_version}\",\"scope\":\"required\",\"licenses\":${licences},\"purl\":\"${purl}\",\"properties\":[{\"name\":\"channel-monitor:${scope}\",\"value\":\"${name}\"}]}")
  list(APPEND references "\"${name}\"")
endmacro()

set(components "")
set(references "")
run(dynamic readelf -dW ${binary})
string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*\\[[^\n]*\\]" lines "${dynamic}")
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".*\\[(.*)\\]" "\\1" soname "${line}")
  # A sanitizer's own library is no part of what is delivered.
  if(soname MATCHES "^lib(a|ub|t)san")
    continue()
  endif()
  package_of(${soname} package)
  if(NOT package)
    message(FATAL_ERROR "no Debian package has ${soname}")
  endif()
  string(REGEX REPLACE "\\.so.*" "" stem "${soname}")
  string(REGEX REPLACE "^ld-linux.*" "ld-linux" stem "${stem}")
  add(${soname} "${licence_${stem}}" soname)
endforeach()
foreach(name IN LISTS headers)
  describe(${name} package)
  if(NOT package)
    message(FATAL_ERROR "${name} is not installed")
  endif()
  add(${name} "${licence_${name}}" headers)
endforeach()
list(JOIN components ",\n" components)
list(JOIN references "," references)

string(SHA1 hash "${version} ${components}")
string(UUID serial NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8 NAME ${hash}
       TYPE SHA1)
file(WRITE ${out} "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"version\":1,
\"serialNumber\":\"urn:uuid:${serial}\",
\"metadata\":{\"component\":{\"type\":\"application\",\"bom-ref\":\"channel-monitor\",\"name\":\"channel-monitor\",\"version\":\"${version}\"}},
\"components\":[
${components}
],
\"dependencies\":[{\"ref\":\"channel-monitor\",\"dependsOn\":[${references}]}]}
")
