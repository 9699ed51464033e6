#include "model/device_id.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

TEST(DeviceId, IsAGuidOrStandsForAnyOtherText) {
  EXPECT_EQ(ParseDeviceId("00112233-4455-6677-8899-AABBCCDDEEFF")->ToHex(),
            "00112233445566778899aabbccddeeff");
  EXPECT_EQ(ParseDeviceId("jane"), NameBasedGuid("jane"));
  EXPECT_TRUE(ParseDeviceId(std::string(256, 'x')));
  EXPECT_FALSE(ParseDeviceId(std::string(257, 'x')));
  EXPECT_FALSE(ParseDeviceId(""));
}

}  // namespace
}  // namespace rawhaul
