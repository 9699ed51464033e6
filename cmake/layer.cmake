# rawhaul_layer(NAME [DEPENDS layer...] [LINK library...] [PUBLIC_LINK library...])
#
# Makes the library rawhaul_NAME of all .cc files of this folder and the folders below it, and, where there are
# *_test.cc files, the test program NAME_test. A new file needs no edit here. DEPENDS names the layers below; LINK the
# libraries that only the .cc files include; PUBLIC_LINK those that headers include too. *_testing.cc files hold helpers
# for tests (fakes, generators): they go into rawhaul_NAME_testing, which the tests of this layer and of those above may
# link through TEST_DEPENDS.
function(rawhaul_layer name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LINK;PUBLIC_LINK;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(testing ${sources})
  list(FILTER testing INCLUDE REGEX "_testing\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_testing|/main)\\.cc$")

  list(TRANSFORM arg_DEPENDS PREPEND rawhaul_)
  list(TRANSFORM arg_TEST_DEPENDS PREPEND rawhaul_)
  add_library(rawhaul_${name} STATIC ${sources})
  target_include_directories(rawhaul_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(rawhaul_${name} PUBLIC ${arg_DEPENDS} ${arg_PUBLIC_LINK} PRIVATE ${arg_LINK})

  if(testing)
    add_library(rawhaul_${name}_testing STATIC ${testing})
    target_link_libraries(rawhaul_${name}_testing PUBLIC rawhaul_${name} ${arg_TEST_DEPENDS} PRIVATE ${arg_LINK} GTest::gmock)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE rawhaul_${name} ${arg_TEST_DEPENDS} ${arg_LINK} GTest::gmock GTest::gtest_main)
    if(testing)
      target_link_libraries(${name}_test PRIVATE rawhaul_${name}_testing)
    endif()
    add_dependencies(unit_tests ${name}_test)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
