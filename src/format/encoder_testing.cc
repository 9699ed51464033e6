#include "format/encoder_testing.h"

#include <gtest/gtest.h>

#include "model/record_batch_testing.h"

namespace rawhaul::format_testing {
namespace {

// Takes a field in quotes off the front of `text`.
std::string TakeQuoted(std::string_view& text) {
  std::string field;
  for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
    if (text.front() == '"') {
      text.remove_prefix(1);
      if (text.empty() || text.front() != '"') return field;
    }
    field += text.front();
  }
  ADD_FAILURE() << "a quote is not closed";
  return field;
}

std::string TakeUnquoted(std::string_view& text) {
  std::string field;
  for (; !text.empty() && text.front() != ',' && text.front() != '\n'; text.remove_prefix(1)) {
    EXPECT_TRUE(text.front() != '"' && text.front() != '\r')
        << "must be in quotes: " << field << text.front();
    field += text.front();
  }
  return field;
}

template <typename Encode>
auto WithText(std::string& text, Encode encode) {
  ByteBuffer buffer(text);
  auto encoded = encode(buffer);
  text = buffer.view();
  return encoded;
}

}  // namespace

Record MakeRecord(std::string_view name, Timestamp time) {
  Record record;
  record.name = name;
  record.time = time;
  return record;
}

std::string MakeBatch(RecordKind kind, const BatchOwner& owner, const std::vector<Record>& records) {
  RecordBatchEncoder encoder(kind, kDevice, owner.user_id, owner.info_id, owner.location_id, kReceived);
  for (const Record& record : records) encoder.Add(record);
  return encoder.Finish();
}

Result<Encoded> EncodeRecords(ExportType type, ExportFormat format, uint64_t sequence, std::string_view batch,
                              std::string& out) {
  return WithText(out, [&](ByteBuffer& buffer) {
    return MakeRecordEncoder(type, format)->Encode(sequence, batch, buffer);
  });
}

Encoded EncodeDevice(ExportType type, ExportFormat format, const Device& device, std::string& out) {
  return WithText(out,
                  [&](ByteBuffer& buffer) { return rawhaul::EncodeDevice(type, format, device, buffer); });
}

Encoded EncodeFeedback(ExportFormat format, const FeedbackKey& key, const Feedback& feedback,
                       std::string_view user_id, std::string& out) {
  return WithText(out, [&](ByteBuffer& buffer) {
    return rawhaul::EncodeFeedback(format, key, feedback, user_id, buffer);
  });
}

std::vector<std::vector<std::string>> ParseCsv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  while (!text.empty()) {
    std::vector<std::string>& row = rows.emplace_back();
    for (bool more = true; more;) {
      row.push_back(!text.empty() && text.front() == '"' ? TakeQuoted(text) : TakeUnquoted(text));
      if (text.empty() || (text.front() != ',' && text.front() != '\n')) {
        ADD_FAILURE() << "a field ends with neither a comma nor a line end: " << row.back();
        return rows;
      }
      more = text.front() == ',';
      text.remove_prefix(1);
    }
  }
  return rows;
}

}  // namespace rawhaul::format_testing
