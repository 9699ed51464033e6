#include "client/figures.h"

#include <gtest/gtest.h>

namespace rawhaul::client {
namespace {

using std::chrono::seconds;

TEST(FiguresTest, CountsHaveTheirThousandsApart) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatCount(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(FiguresTest, OneThingIsNotPlural) {
  EXPECT_EQ(FormatCount(0, "row"), "0 rows");
  EXPECT_EQ(FormatCount(1, "row"), "1 row");
  EXPECT_EQ(FormatCount(1000, "row"), "1,000 rows");
}

TEST(FiguresTest, BytesHaveTheUnitThatFits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1.0 KiB");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatBytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatBytes(uint64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(FormatBytes(UINT64_MAX), "16.0 EiB");
}

TEST(FiguresTest, DurationsHaveHoursOnlyWhenThereAreAny) {
  EXPECT_EQ(FormatDuration(seconds(0)), "0:00");
  EXPECT_EQ(FormatDuration(seconds(42)), "0:42");
  EXPECT_EQ(FormatDuration(seconds(3599)), "59:59");
  EXPECT_EQ(FormatDuration(seconds(3723)), "1:02:03");
}

TEST(FiguresTest, WhatATerminalWouldObeyIsNotPrinted) {
  EXPECT_EQ(Printable("caf\u00E9 \U0001F600"), "caf\u00E9 \U0001F600");
  EXPECT_EQ(Printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(Printable("a\u009B31mb\u00A0"), "a?31mb\u00A0");
}

}  // namespace
}  // namespace rawhaul::client
