# What every target of ours is compiled with.
add_library(house INTERFACE)
target_compile_options(house INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference
  -Wformat=2 -Wimplicit-fallthrough -Wextra-semi
  -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op>
  $<$<BOOL:${DEV}>:-Werror>)
target_compile_definitions(house INTERFACE
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# What a program that reads what strangers send is built with; the test
# `hardening` looks into it.  Sanitizers do better, and a debug build is none
# that anybody ships: only the linker's part is the same everywhere.
include(CheckPIESupported)
check_pie_supported()
add_link_options(LINKER:-z,relro,-z,now,-z,noexecstack)
set(HARDENED FALSE)
if(NOT SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(HARDENED TRUE)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection
                      $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>)
  # A distribution may have its own level.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

if(SANITIZE)
  add_compile_options(-fsanitize=${SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SANITIZE})
  if(SANITIZE MATCHES "thread")
    # Asio uses a fence that GCC's thread sanitizer does not model.
    add_compile_options(-Wno-tsan)
  endif()
endif()
