#include "app/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace rawhaul {
namespace {

// In a process of its own: a hard limit that was lowered cannot be raised again.
bool HoldsWithLimits(rlim_t soft, rlim_t hard, const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{.rlim_cur = soft, .rlim_max = hard};
    ::_exit(::setrlimit(RLIMIT_NOFILE, &limit) == 0 && check() ? 0 : 1);
  }
  int status = 1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

rlim_t SoftLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

TEST(OpenFilesTest, TheLimitIsRaisedAsFarAsItMay) {
  EXPECT_TRUE(
      HoldsWithLimits(256, 4000, [] { return MakeRoomForConnections(3000) == 3000 && SoftLimit() == 4000; }));
}

TEST(OpenFilesTest, OnlyConnectionsThatFindRoomBesideOtherFilesAreServed) {
  EXPECT_TRUE(HoldsWithLimits(256, 4000, [] { return MakeRoomForConnections(3001) == 3000; }));
  EXPECT_TRUE(HoldsWithLimits(256, 256, [] { return MakeRoomForConnections(100) == 1; }));
}

}  // namespace
}  // namespace rawhaul
