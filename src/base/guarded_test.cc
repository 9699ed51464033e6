#include "base/guarded.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace rawhaul {
namespace {

TEST(GuardedTest, WhatIsThrownBecomesAnError) {
  EXPECT_EQ(Guarded([]() -> Result<int> { return 7; }).value(), 7);
  EXPECT_EQ(Guarded([]() -> Status { return Fail(ErrorCode::kNotFound, "own"); }).error().message, "own");
  EXPECT_EQ(Guarded([]() -> Status { throw std::runtime_error("a library says so"); }).error(),
            (Error{ErrorCode::kInternal, "a library says so"}));
  EXPECT_EQ(Guarded([]() -> Status { throw std::bad_alloc(); }).error(),
            (Error{ErrorCode::kResourceExhausted, "out of memory", "OutOfMemory"}));
  EXPECT_EQ(Guarded([]() -> Status { throw 7; }).error().code, ErrorCode::kInternal);
}

TEST(GuardedTest, WorkThatThrowsHasNotComeToItsOwnEnd) {
  EXPECT_TRUE(RunGuarded("a test", [] {}));
  EXPECT_FALSE(RunGuarded("a test", [] { throw std::runtime_error("a library says so"); }));
  EXPECT_FALSE(RunGuarded("a test", [] { throw 7; }));
}

}  // namespace
}  // namespace rawhaul
