#include "base/guid.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

constexpr char kHex[] = "00112233445566778899aabbccddeeff";

TEST(Guid, ParsesPlainAndDashedFormsInEitherCase) {
  const auto plain = ParseGuid(kHex);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->ToHex(), kHex);
  EXPECT_EQ(ParseGuid("00112233-4455-6677-8899-AABBCCDDEEFF"), plain);
}

TEST(Guid, RefusesEverythingElse) {
  for (const char* text : {"", "0", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeefg",
                           "0011223-34455-6677-8899-aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeeff}",
                           "00112233-4455-6677-8899-aabbccddeef-"}) {
    EXPECT_FALSE(ParseGuid(text)) << text;
  }
}

TEST(Guid, NameBasedGuidsAreEqualForEqualNamesAndHaveVersion5) {
  const Guid guid = NameBasedGuid("anonymous-1");
  EXPECT_EQ(guid, NameBasedGuid("anonymous-1"));
  EXPECT_NE(guid, NameBasedGuid("anonymous-2"));
  EXPECT_EQ(guid.bytes[6] >> 4, 5);
  EXPECT_EQ(guid.bytes[8] >> 6, 2);
}

// Stored data depends on it: a change would rename every mapped device.
TEST(Guid, TheNamespaceNeverChanges) {
  EXPECT_EQ(NameBasedGuid("anonymous-1").ToHex(), "7e909921ea0754688a8c6fc7cf354c60");
}

TEST(Guid, RandomGuidsDifferAndHaveVersion4) {
  const Guid guid = RandomGuid();
  EXPECT_NE(guid, RandomGuid());
  EXPECT_EQ(guid.bytes[6] >> 4, 4);
}

TEST(Guid, BytesRoundTrip) {
  const Guid guid = *ParseGuid(kHex);
  EXPECT_EQ(GuidFromBytes(guid.AsBytes()), guid);
  EXPECT_FALSE(guid.IsZero());
  EXPECT_TRUE(Guid{}.IsZero());
}

}  // namespace
}  // namespace rawhaul
