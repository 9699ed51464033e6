#include "model/json_text.h"

#include <gtest/gtest.h>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

using namespace std::string_literals;

std::string Escaped(std::string_view text) {
  std::string out;
  AppendJsonEscaped(text, out);
  return out;
}

bool IsPlain(std::string_view text) {
  std::string out;
  return AppendJsonEscaped(text, out);
}

TEST(JsonText, EscapesOnlyWhatJsonDemands) {
  EXPECT_EQ(Escaped("a\"b\\c\nd\re\tf\bg\fh"), R"(a\"b\\c\nd\re\tf\bg\fh)");
  EXPECT_EQ(Escaped("\0\x01\x1f\x7f"s), "\\u0000\\u0001\\u001f\x7f");
  EXPECT_EQ(Escaped("/ é 漢 😀"), "/ é 漢 😀");
  EXPECT_EQ(Escaped(""), "");
}

TEST(JsonText, AppendsBehindWhatIsThere) {
  std::string out = "x";
  AppendJsonEscaped("\"y", out);
  EXPECT_EQ(out, "x\\\"y");
}

TEST(JsonText, PlainTextNeedsNoEscapeAndNoCsvQuotes) {
  for (const char* text : {"", "Home", " a;b ", "é 漢 😀", "{}"}) EXPECT_TRUE(IsPlain(text)) << text;
  for (const char* text : {"a,b", "a\"b", "a\nb", "a\rb", "a\\b", "a\tb"})
    EXPECT_FALSE(IsPlain(text)) << text;
}

TEST(JsonText, UnescapeUndoesEscape) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  for (const auto& text : {all, ""s, "\\"s, "é😀\\u0041"s}) EXPECT_EQ(JsonUnescape(Escaped(text)), text);
}

TEST(JsonText, UnescapesEveryJsonForm) {
  EXPECT_EQ(JsonUnescape(R"(\u0041\u00e9\u6f22\/\b)"), "Aé漢/\b");
  EXPECT_EQ(JsonUnescape(R"(\ud83d\ude00)"), "😀");
}

TEST(JsonText, HalfSurrogatePairsBecomeReplacementCharacters) {
  EXPECT_EQ(JsonUnescape(R"(\ud83dx)"), "\ufffdx");
  EXPECT_EQ(JsonUnescape(R"(\ude00)"), "\ufffd");
  EXPECT_EQ(JsonUnescape(R"(\ud83d\u0041)"), "\ufffdA");
  EXPECT_EQ(JsonUnescape(R"(\ud83d\n)"), "\ufffd\n");
}

TEST(JsonText, WhatIsNoEscapeStaysAsItIs) {
  for (const char* text : {"\\", "a\\", "\\u12", "\\uzzzz", "\\x41", "\\u+123", "\\u 123"})
    EXPECT_EQ(JsonUnescape(text), text);
}

TEST(JsonText, NumbersFollowTheGrammar) {
  for (const Edge& edge : ReadEdges("numbers")) {
    EXPECT_EQ(IsJsonNumber(edge.text), edge.value.has_value()) << edge.text << ": " << edge.why;
  }
}

TEST(JsonText, LongTextIsQuotedInPart) {
  EXPECT_EQ(Quoted("a"), "\"a\"");
  EXPECT_EQ(Quoted(std::string(64, 'x')), '"' + std::string(64, 'x') + '"');
  EXPECT_EQ(Quoted(std::string(65, 'x')), '"' + std::string(64, 'x') + "...\"");
  EXPECT_EQ(Quoted(std::string(63, 'x') + "éé"), '"' + std::string(63, 'x') + "...\"")
      << "cut between characters";
}

}  // namespace
}  // namespace rawhaul
