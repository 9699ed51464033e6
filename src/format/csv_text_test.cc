#include "format/csv_text.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

std::string Append(std::string_view text) {
  std::string out = "x,";
  AppendCsvText(text, out);
  return out.substr(2);
}

std::string PutEscaped(std::string_view text) {
  std::string json;
  const bool plain = AppendJsonEscaped(text, json);
  std::string out(2 * json.size() + 2, '#');
  out.resize(static_cast<size_t>(PutCsvText(out.data(), {json, plain}) - out.data()));
  return out;
}

// As bare fields, readers trim them or take them for something else.
TEST(CsvText, AlwaysStandsInQuotes) {
  using namespace std::string_view_literals;
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "\"\""},
      {"plain text", "\"plain text\""},
      {" ", "\" \""},
      {"\tspaces around ", "\"\tspaces around \""},
      {"\\N", "\"\\N\""},
      {"NULL", "\"NULL\""},
      {"1e5", "\"1e5\""},
      {"backslash \\ control \x01", "\"backslash \\ control \x01\""},
      {"жизнь", "\"жизнь\""},
      {"zero\0"sv, "\"zero\ufffd\""},
      {"a,b", "\"a,b\""},
      {"a\nb", "\"a\nb\""},
      {"a\rb", "\"a\rb\""},
      {"a\"b", "\"a\"\"b\""},
      {"\"\"\"", "\"\"\"\"\"\"\"\""},
      {"a\\,b", "\"a\\,b\""},
  };
  for (const auto& [text, csv] : cases) {
    EXPECT_EQ(Append(text), csv);
    EXPECT_EQ(PutEscaped(text), csv);
  }
}

TEST(CsvText, QuotesAreDoubledWhereverTheyStand) {
  for (size_t size = 0; size < 30; ++size) {
    for (uint64_t seed = 1; seed < 200; ++seed) {
      std::string text;
      std::string expected;
      for (size_t i = 0; i < size; ++i) {
        const bool quote = (seed * 0x9e3779b97f4a7c15 >> i & 1) != 0;
        text += quote ? '"' : static_cast<char>('a' + i % 26);
        expected += quote ? "\"\"" : text.substr(i, 1);
      }
      std::string out(2 * text.size() + 2, '#');
      out.resize(static_cast<size_t>(PutCsvQuoted(out.data(), text) - out.data()));
      ASSERT_EQ(out, '"' + expected + '"');
    }
  }
}

}  // namespace
}  // namespace rawhaul
