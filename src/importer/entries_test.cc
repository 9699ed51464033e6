#include "importer/entries.h"

#include <gtest/gtest.h>

#include <vector>

namespace rawhaul {
namespace {

struct Read {
  std::vector<std::string> entries;  // "number id key=value key- ..."
  std::vector<std::string> errors;   // "number: message"
  bool operator==(const Read&) const = default;
};

std::string Describe(uint64_t number, const TagEntry& entry) {
  std::string text = std::to_string(number) + " " + entry.device_id;
  for (const auto& [key, value] : entry.tags) text += " " + key + (value ? "=" + *value : "-");
  return text;
}

// Fed in parts of `size` bytes.
Read ReadAll(const std::string& text, size_t size) {
  Read read;
  EntryReader reader([&](uint64_t number, const Result<TagEntry>& entry) -> Status {
    if (entry) read.entries.push_back(Describe(number, *entry));
    if (!entry) read.errors.push_back(std::to_string(number) + ": " + entry.error().message);
    return {};
  });
  for (size_t at = 0; at < text.size(); at += size) EXPECT_TRUE(reader.Feed(text.substr(at, size)));
  EXPECT_TRUE(reader.Finish());
  return read;
}

// However the text is cut, the same is read.
Read ReadAll(const std::string& text) {
  const Read whole = ReadAll(text, text.size() + 1);
  for (const size_t size : {1, 2, 3, 7}) EXPECT_EQ(ReadAll(text, size), whole) << size;
  return whole;
}

using Texts = std::vector<std::string>;

TEST(EntryReader, AnObjectOfDevices) {
  const Read read = ReadAll(R"( { "d1" : {"plan":"gold","old":null}, "d,\"}2":{"a":"{[,\\\"}"},"d3":{} } )");
  EXPECT_EQ(read.entries, (Texts{"1 d1 plan=gold old-", R"(2 d,"}2 a={[,\"})", "3 d3"}));
  EXPECT_EQ(read.errors, Texts{});
}

TEST(EntryReader, LinesOfDevices) {
  const Read read = ReadAll(
      "{\"deviceId\":\"d1\",\"tags\":{\"plan\":\"gold\"}}\r\n\n"
      "{\"tags\":{\"old\":null},\"other\":[1],\"deviceId\":\"d2\"}");
  EXPECT_EQ(read.entries, (Texts{"1 d1 plan=gold", "3 d2 old-"}));
  EXPECT_EQ(read.errors, Texts{});
  EXPECT_EQ(ReadAll("{ \"tags\":{},\"deviceId\":\"d\"}\n").entries, (Texts{"1 d"}));
}

// As a JsonBlob file of a Tag export is.
TEST(EntryReader, AnArrayOfDevices) {
  const Read read = ReadAll(
      "[\n{\"deviceId\":\"d1\",\"userId\":\"jane\",\"tags\":{\"a\":\"],{\",\"userid\":\"jane\"}},\n"
      "{\"deviceId\":\"d2\",\"tags\":{\"old\":null}}\n]\n");
  EXPECT_EQ(read.entries, (Texts{"1 d1 a=],{ userid=jane", "2 d2 old-"}));
  EXPECT_EQ(read.errors, Texts{});
  for (const char* text : {"[]", " [ ] ", "\xef\xbb\xbf[\n]\n"}) EXPECT_EQ(ReadAll(text), Read{}) << text;
}

TEST(EntryReader, BadElementsOfAnArrayAreNamedAndTheOthersRead) {
  const Read read = ReadAll(
      R"([{"deviceId":"d1","tags":{}},7,{"deviceId":"d3","tags":{"a":1}},{"deviceId":"d4","tags":{}} x,)"
      R"({"deviceId":"d5","tags":{}},] [)");
  EXPECT_EQ(read.entries, (Texts{"1 d1", "5 d5"}));
  EXPECT_EQ(read.errors,
            (Texts{"2: it is no JSON object", "3: \"tags.a\" must be a string or null",
                   "4: it is not JSON: column 29: the word x follows the end of the JSON",
                   "6: it is not JSON: column 1: there is no JSON", "7: something follows the array"}));
  EXPECT_EQ(ReadAll(R"([{"deviceId":"d1","tags":{}})").errors, (Texts{"1: the array ends too early"}));
}

TEST(EntryReader, Utf16IsNamed) {
  EntryReader reader([](uint64_t, const Result<TagEntry>&) -> Status { return {}; });
  const Status fed = reader.Feed(std::string_view("\xff\xfe{\0}\0", 6));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(fed.error().message, "the blob is UTF-16 or UTF-32; tags are read as UTF-8");
}

TEST(EntryReader, AByteOrderMarkIsNotPartOfIt) {
  EXPECT_EQ(ReadAll("\xef\xbb\xbf{\"d\":{}}").entries, (Texts{"1 d"}));
  EXPECT_EQ(ReadAll("\xef\xbb\xbf{\"deviceId\":\"d\",\"tags\":{}}").entries, (Texts{"1 d"}));
}

TEST(EntryReader, NothingAndAnEmptyObjectHaveNoEntries) {
  for (const char* text : {"", " \n ", "{}", " { } "}) EXPECT_EQ(ReadAll(text), Read{}) << text;
}

TEST(EntryReader, BadLinesAreNamedAndTheOthersRead) {
  const Read read = ReadAll(
      "{\"deviceId\":\"d1\",\"tags\":{}}\n"
      "nonsense\n"
      "{\"deviceId\":7,\"tags\":{}}\n"
      "{\"deviceId\":\"d\"}\n"
      "{\"deviceId\":\"d\",\"tags\":{\"visits\":12}}\n"
      "[]\n"
      "{\"deviceId\":\"d7\",\"tags\":{}}\n"
      "{\"deviceId\":\"d8\",\"ta");
  EXPECT_EQ(read.entries, (Texts{"1 d1", "7 d7"}));
  EXPECT_EQ(read.errors,
            (Texts{"2: it is not JSON: column 1: nonsense is none of the words of JSON: true, false and null",
                   "3: \"deviceId\" must be a string", "4: \"tags\" must be an object of tags",
                   "5: \"tags.visits\" must be a string or null", "6: it is no JSON object",
                   "8: it is not JSON: column 18: the text that begins here has no end"}));
}

TEST(EntryReader, BadEntriesAreNamedAndTheOthersRead) {
  const Read read =
      ReadAll(R"({"d1":{"a":1},"d2":{"b":"c"},,"d4":{"a" "b"},"d5":{} "d":{},"d6":"x","d7":{},})");
  EXPECT_EQ(read.entries, (Texts{"2 d2 b=c", "7 d7"}));
  EXPECT_EQ(read.errors,
            (Texts{"1: \"d1.a\" must be a string or null", "3: a device and its tags are expected",
                   "4: it is not JSON: column 11: a colon must stand here, not \"",
                   "5: it is not JSON: column 9: a comma or } must stand here, not \"",
                   "6: \"d6\" must be an object of tags", "8: a device and its tags are expected"}));
}

TEST(EntryReader, AnObjectThatEndsTooEarlyOrGoesOnIsAnError) {
  EXPECT_EQ(ReadAll(R"({"d1":{},"d2":{"a)").errors, (Texts{"2: the object ends too early"}));
  const Read read = ReadAll(R"({"d1":{}} {"d2":{}})");
  EXPECT_EQ(read.entries, (Texts{"1 d1"}));
  EXPECT_EQ(read.errors, (Texts{"2: something follows the object"}));
}

TEST(EntryReader, WhatIsTooLongIsPassedOver) {
  const std::string huge(kMaxEntryBytes + 10, 'x');
  const std::string lines =
      "{\"deviceId\":\"d\",\"tags\":{\"a\":\"" + huge + "\"}}\n{\"deviceId\":\"d2\",\"tags\":{}}\n";
  const std::string object = R"({"d1":{"a":")" + huge + R"("},"d2":{}})";
  for (const std::string& text : {lines, object}) {
    const Read read = ReadAll(text, 10'000);
    EXPECT_EQ(read.entries, (Texts{"2 d2"}));
    EXPECT_EQ(read.errors, (Texts{"1: it has more than 1048576 bytes"}));
  }
}

TEST(EntryReader, AnErrorOfTheVisitorEndsIt) {
  for (const std::string text : {"{\"d1\":{},\"d2\":{}}", "{\"deviceId\":\"a\"}\n{\"deviceId\":\"b\"}\n"}) {
    int visits = 0;
    EntryReader reader([&](uint64_t, const Result<TagEntry>&) -> Status {
      ++visits;
      return Fail(ErrorCode::kCanceled, "stop");
    });
    EXPECT_EQ(reader.Feed(text).error().code, ErrorCode::kCanceled);
    EXPECT_EQ(visits, 1);
  }
}

}  // namespace
}  // namespace rawhaul
