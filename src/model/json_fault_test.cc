#include "model/json_fault.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

using namespace std::string_literals;

std::string FaultOf(std::string_view text) { return FindJsonFault(text).value_or("none"); }

TEST(JsonFault, JsonHasNone) {
  for (const std::string_view text :
       {"{}", "[]", " [ 1 , -2.5e+3 , \"a\\u00e9\\n\\/\" , true,false , null , {\"a\":{\"\":[]}} ] ", "0",
        "\"\"", "\xef\xbb\xbf{}", "\"\\ud800\"", "\"\xf0\x9f\x98\x80\x7f\""}) {
    EXPECT_EQ(FaultOf(text), "none") << text;
  }
  EXPECT_EQ(FaultOf(std::string(100'000, '[') + std::string(100'000, ']')), "none");
}

TEST(JsonFault, SaysWhatStandsThereAndWhere) {
  const std::vector<std::pair<std::string, std::string>> faults{
      {"", "column 1: there is no JSON"},
      {" \n ", "line 2 column 2: there is no JSON"},
      {"{\"a\":NaN}", "column 6: NaN is none of the words of JSON: true, false and null"},
      {"[-Infinity]", "column 2: -Infinity is no number of JSON"},
      {"[undefined]", "column 2: undefined is none of the words of JSON: true, false and null"},
      {"[True]", "column 2: True is none of the words of JSON: true, false and null"},
      {"[nullx]", "column 2: nullx is none of the words of JSON: true, false and null"},
      {"\x1e{}", "column 1: a value must stand here, not the control character U+001E"},
      {"{}\n\x1e{}", "line 2 column 1: the control character U+001E follows the end of the JSON"},
      {"[\xef\xbb\xbf"
       "1]",
       "column 2: a value must stand here, not a byte order mark (U+FEFF)"},
      {"\xef\xbb\xbf{\"a\":}", "column 9: a value must stand here, not }"},
      {"{'a':1}",
       "column 2: a name in double quotes must stand here, not a single quote (texts and names "
       "stand in double quotes)"},
      {"{\"a\":'b'}",
       "column 6: a value must stand here, not a single quote (texts and names stand in double "
       "quotes)"},
      {"{a:1}", "column 2: a name in double quotes must stand here, not the word a"},
      {"[1,]", "column 4: nothing stands behind the comma before this ]"},
      {"{\"a\":1,\n}", "line 2 column 1: nothing stands behind the comma before this }"},
      {"[1,,2]", "column 4: a value must stand here, not ,"},
      {"[1 2]", "column 4: a comma or ] must stand here, not 2"},
      {"{\"a\":1 \"b\":2}", "column 8: a comma or } must stand here, not \""},
      {"{\"a\" 1}", "column 6: a colon must stand here, not 1"},
      {"{\"a\":1]", "column 7: a comma or } must stand here, not ]"},
      {"// x\n{}", "line 1 column 1: a value must stand here, not a comment, which JSON has not"},
      {"[01]", "column 2: 01 is no number of JSON"},
      {"[\"a\nb\"]", "line 1 column 4: the control character U+000A must be escaped in a text"},
      {"[\"\\x41\"]", "column 3: a backslash that begins no escape of JSON"},
      {"[\"\\u12\"]", "column 3: a backslash that begins no escape of JSON"},
      {"[\"a]", "column 2: the text that begins here has no end"},
      {"[\"\xff\"]", "column 3: the byte 0xFF, which is no UTF-8"},
      {"[\"\xc3\"]", "column 3: the byte 0xC3, which is no UTF-8"},
      {"[\xc3\xa9]", "column 2: a value must stand here, not é (U+00E9)"},
      {"{} {}", "column 4: { follows the end of the JSON"},
      {"{\"a\":[1", "column 8: the text ends where ] is missing"},
      {"{\"a\"", "column 5: the text ends where a colon is missing"},
      {"{\"a\":", "column 6: the text ends where a value is missing"},
      {"\xff\xfe{\0}\0"s, "column 1: the text is UTF-16 or UTF-32; JSON is sent as UTF-8"},
      {"\0{\0}"s, "column 1: the text is UTF-16 or UTF-32; JSON is sent as UTF-8"},
  };
  for (const auto& [text, fault] : faults) EXPECT_EQ(FaultOf(text), fault) << text;
}

TEST(JsonFault, NumbersAndTextsOfTheEdges) {
  for (const Edge& edge : ReadEdges("numbers")) {
    EXPECT_EQ(FaultOf("{\"a\":" + edge.text + "}") == "none", edge.value.has_value())
        << edge.text << ": " << edge.why;
  }
  for (const Edge& edge : ReadEdges("texts")) EXPECT_EQ(FaultOf(edge.text), "none") << edge.text;
}

// Whatever a parser refuses has a fault, so that an error never has nothing to say.
TEST(JsonFault, AgreesWithAParserOnEveryCutAndChange) {
  const std::string sample = R"({"a":[1,-2.5e3,"x\u00e9\n",true],"b":{"c":null,"":"é😀"}} )";
  const auto agree = [](const std::string& text) {
    boost::system::error_code error;
    boost::json::parse(text, error);
    EXPECT_EQ(FaultOf(text) == "none", !error) << text << "\n" << FaultOf(text);
  };
  for (size_t at = 0; at < sample.size(); ++at) {
    agree(sample.substr(0, at));
    for (const char c :
         {'"', '\\', ',', ':', '{', '}', '[', ']', '0', '-', '.', 'e', 't', ' ', '\n', '\x01', '\x7f'}) {
      std::string changed = sample;
      changed[at] = c;
      agree(changed);
      agree(std::string(sample).insert(at, 1, c));
    }
    agree(std::string(sample).erase(at, 1));
  }
}

}  // namespace
}  // namespace rawhaul
