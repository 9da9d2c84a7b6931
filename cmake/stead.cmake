# Helpers for the build: warnings, sanitizers, and one static library per layer.

add_library(stead_options INTERFACE)
target_compile_options(stead_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual)
# libstdc++ 12 marks what its own std::stable_sort calls as deprecated, and clang does not see past that.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(stead_options INTERFACE -Wno-deprecated-declarations)
endif()
if(STEAD_WERROR)
  target_compile_options(stead_options INTERFACE -Werror)
endif()
target_compile_definitions(stead_options INTERFACE BOOST_ASIO_NO_DEPRECATED SPDLOG_FMT_EXTERNAL)
target_include_directories(stead_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(STEAD_SANITIZE)
  # Not vptr: it opens a pipe to see whether memory is there, and so gives wrong verdicts when descriptors have run out,
  # which is what some tests are about.
  target_compile_options(stead_options INTERFACE -fsanitize=${STEAD_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(stead_options INTERFACE -fsanitize=${STEAD_SANITIZE})
endif()
if(STEAD_FUZZ)
  target_compile_options(stead_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

function(stead_compile_options target)
  target_link_libraries(${target} PRIVATE stead_options)
endfunction()

# stead_layer(NAME LINK libraries…): src/NAME/**.cc as the static library stead_NAME.
function(stead_layer name)
  cmake_parse_arguments(LAYER "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  if(sources)
    add_library(stead_${name} STATIC ${sources})
    target_link_libraries(stead_${name} PUBLIC stead_options ${LAYER_LINK})
  else()
    add_library(stead_${name} INTERFACE)
    target_link_libraries(stead_${name} INTERFACE stead_options ${LAYER_LINK})
  endif()
endfunction()
