// Records to encode, and a reader of CSV that shares nothing with the writer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/encoder.h"
#include "model/record_batch.h"

namespace rawhaul::format_testing {

inline const Guid kDevice = *ParseGuid("00112233445566778899aabbccddeeff");
inline const Guid kInfo = *ParseGuid("10112233445566778899aabbccddeeff");
inline const Guid kLocation = *ParseGuid("20112233445566778899aabbccddeeff");
inline const Guid kSession = *ParseGuid("30112233445566778899aabbccddeeff");
inline const Guid kOtherSession = *ParseGuid("31112233445566778899aabbccddeeff");
inline const Guid kJob = *ParseGuid("40112233445566778899aabbccddeeff");
inline const Timestamp kTime = *ParseTimestamp("2016-04-26T09:30:00.518Z");
inline const Timestamp kReceived = *ParseTimestamp("2016-04-26T09:31:02.007Z");

// Quotes, commas, line breaks, a backslash, a control character, non-Latin text and an emoji.
inline constexpr std::string_view kAwkward = "a\"b\",c\r\n\\d\te\x01 жизнь 日本 \xF0\x9F\x98\x80/";
inline constexpr std::string_view kAwkwardJson = R"(a\"b\",c\r\n\\d\te\u0001 жизнь 日本 )"
                                                 "\xF0\x9F\x98\x80/";
inline constexpr std::string_view kAwkwardCsv = "\"a\"\"b\"\",c\r\n\\d\te\x01 жизнь 日本 \xF0\x9F\x98\x80/\"";

// A record of which nothing is known but its name and time.
Record MakeRecord(std::string_view name = "open", Timestamp time = kTime);

struct BatchOwner {
  std::string user_id;
  Guid info_id;
  Guid location_id;
};
// The batch of kDevice, received at kReceived.
std::string MakeBatch(RecordKind kind, const BatchOwner& owner, const std::vector<Record>& records);

// What the encoders do, on text that stands in `out` already.
Result<Encoded> EncodeRecords(ExportType type, ExportFormat format, uint64_t sequence, std::string_view batch,
                              std::string& out);
Encoded EncodeDevice(ExportType type, ExportFormat format, const Device& device, std::string& out);
Encoded EncodeFeedback(ExportFormat format, const FeedbackKey& key, const Feedback& feedback,
                       std::string_view user_id, std::string& out);

// The fields of the rows of RFC 4180 text with "\n" line ends. Reports a test failure for text that is not
// that.
std::vector<std::vector<std::string>> ParseCsv(std::string_view text);

}  // namespace rawhaul::format_testing
