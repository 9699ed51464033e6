#include "base/network.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(NetworkOf, AnIpv4AddressIsANetworkAndSoAreTheFirst64BitsOfAnIpv6One) {
  EXPECT_EQ(NetworkOf("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:3::1"));
  EXPECT_EQ(NetworkOf(""), "");
}

}  // namespace
}  // namespace rawhaul
