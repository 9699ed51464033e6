#include "blob/url_checks.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(ServiceOf, IsTheServerOfAUrlAndADirectoryItself) {
  const auto of = [](const char* url) { return ServiceOf(Secret(url)); };
  EXPECT_EQ(of("https://account.blob.core.windows.net/container/a?sv=1&sig=x"),
            "https://account.blob.core.windows.net");
  EXPECT_EQ(of(" http://127.0.0.1:10000/account/container??sv=1/2 "), "http://127.0.0.1:10000");
  EXPECT_EQ(of("https://host?sig=x"), "https://host");
  EXPECT_EQ(of("file:///exports/daily"), "file:///exports/daily");
  EXPECT_EQ(of("no url?sig=x"), "no url");
}

}  // namespace
}  // namespace rawhaul
