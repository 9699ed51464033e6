#include "base/crc64.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

TEST(Crc64Test, GivesTheCheckValueOfTheCatalogue) { EXPECT_EQ(Crc64("123456789"), 0xae8b14860a799888); }

TEST(Crc64Test, NothingHasTheValueZero) { EXPECT_EQ(Crc64(""), 0u); }

TEST(Crc64Test, LongTextHasTheValueOfItsDefinition) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    uint64_t bitwise = ~uint64_t{0};
    for (const char c : text) {
      bitwise ^= static_cast<uint8_t>(c);
      for (int bit = 0; bit < 8; ++bit)
        bitwise = (bitwise >> 1) ^ ((bitwise & 1) != 0 ? 0x9a6c9329ac4bc9b5 : 0);
    }
    ASSERT_EQ(Crc64(text), ~bitwise) << text.size() << " bytes";
    text += static_cast<char>(i * 37 + i / 7);
  }
}

TEST(Crc64Test, DoesNotDependOnWhereThePartsAreCut) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += static_cast<char>(i * 31);
  const std::string_view view = text;
  for (size_t cut = 0; cut <= text.size(); cut += 7) {
    EXPECT_EQ(Crc64(ByteParts({view.substr(0, cut), view.substr(cut)})), Crc64(text));
  }
}

}  // namespace
}  // namespace rawhaul
