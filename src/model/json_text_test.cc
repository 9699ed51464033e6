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
  EXPECT_EQ(Escaped("\x01\x1f\x7f"), "\\u0001\\u001f\x7f");
  EXPECT_EQ(Escaped("/ é 漢 😀"), "/ é 漢 😀");
  EXPECT_EQ(Escaped(""), "");
}

TEST(JsonText, AppendsBehindWhatIsThere) {
  std::string out = "x";
  AppendJsonEscaped("\"y", out);
  EXPECT_EQ(out, "x\\\"y");
}

TEST(JsonText, PlainTextNeedsNoEscape) {
  for (const char* text : {"", "Home", " a;b ", "a,b", "é 漢 😀", "{}"}) EXPECT_TRUE(IsPlain(text)) << text;
  EXPECT_FALSE(IsPlain("\0"s));
  for (const char* text : {"a\"b", "a\nb", "a\rb", "a\\b", "a\tb"}) EXPECT_FALSE(IsPlain(text)) << text;
}

TEST(JsonText, UnescapeUndoesEscape) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
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

TEST(JsonText, ZeroBecomesAReplacementCharacter) {
  EXPECT_EQ(Escaped("a\0b\0"s), "a\ufffdb\ufffd");
  EXPECT_EQ(JsonUnescape(R"(a\u0000b\\u0000\u0000)"), "a\ufffdb\\u0000\ufffd");
}

std::string Storable(std::string json) {
  ReplaceUnstorableEscapes(json);
  return json;
}

TEST(JsonText, EscapesOfWhatNoTextMayHoldAreReplaced) {
  EXPECT_EQ(Storable(R"({"\u0000":"a\u0000\u0000\\\u0000"})"), R"({"\ufffd":"a\ufffd\ufffd\\\ufffd"})");
  EXPECT_EQ(Storable(R"(["\ud83d","\ude00","\ude00\ud83d","\uD83Dx","\ud83d\n","\ud83d\u0041"])"),
            R"(["\ufffd","\ufffd","\ufffd\ufffd","\ufffdx","\ufffd\n","\ufffd\u0041"])");
}

TEST(JsonText, AllElseOfADocumentStaysAsItIs) {
  for (const char* json : {"", "{}", R"("\ud83d\ude00")", R"("\\u0000")", R"("\\\\ud83d")",
                           R"("\u0001\u000\u00zz")", "\\", R"("\u)", R"("\"\/\b\f\n\r\t\u0020é")", "u0000"}) {
    EXPECT_EQ(Storable(json), json);
  }
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
