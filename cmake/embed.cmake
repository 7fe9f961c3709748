# embed_sql(target function folder): compiles folder/NNN_*.sql into `target` as
# `std::vector<std::string_view> function()`, such as "state::migrations",
# which gives their texts in the order of their numbers.  Whoever calls it
# declares it.
function(embed_sql target function folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  list(SORT files)
  if(NOT files)
    message(FATAL_ERROR "no SQL in ${folder}")
  endif()
  set(number 0)
  set(texts "")
  foreach(file IN LISTS files)
    math(EXPR number "${number} + 1")
    get_filename_component(name ${file} NAME)
    string(REGEX MATCH "^0*([0-9]+)_" prefix ${name})
    if(NOT CMAKE_MATCH_1 EQUAL number)
      message(FATAL_ERROR "${name}: files are numbered without gaps")
    endif()
    file(READ ${file} text)
    string(APPEND texts "    // ${name}\n    R\"sql(${text})sql\",\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  string(REGEX MATCH "^([a-z_]+)::([a-z_]+)$" parts ${function})
  set(space ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${target}_${name}.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT [[
// Made by cmake/embed.cmake.
#include <iterator>
#include <string_view>
#include <vector>

namespace @space@ {

namespace {

constexpr std::string_view texts[] = {
@texts@};

}  // namespace

std::vector<std::string_view> @name@();

std::vector<std::string_view> @name@() {
  return {std::begin(texts), std::end(texts)};
}

}  // namespace @space@
]])
  target_sources(${target} PRIVATE ${generated})
endfunction()
