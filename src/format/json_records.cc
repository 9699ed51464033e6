#include <utility>

#include "format/record_rows.h"

namespace rawhaul {
namespace {

// `,"name":`, and the quote that opens the value where it stands in quotes.
template <Field kField>
constexpr auto kKey = [] {
  constexpr Column column = Describe(kField);
  constexpr bool quoted = column.type != "integer" && column.type != "json";
  std::array<char, column.name.size() + (quoted ? 5 : 4)> key{};
  char* to = std::copy_n(",\"", 2, key.data());
  to = std::copy(column.name.begin(), column.name.end(), to);
  std::copy_n("\":\"", quoted ? 3 : 2, to);
  return key;
}();

enum class Shape { kArray, kLines };

constexpr bool IsAlwaysWritten(Field field, Shape shape) {
  using enum Field;
  switch (field) {
    case kSessionId:
    case kJobId:
    case kInfoId:
    case kLocationId:
      return shape == Shape::kArray;
    case kRecordId:
    case kDeviceId:
    case kName:
    case kCrashId:
    case kTimestamp:
    case kReceivedAt:
      return true;
    default:
      return false;
  }
}

// Writes JSON objects. `Lists` are the FieldLists that it is asked for.
template <Shape kShape, typename... Lists>
class ObjectWriter {
 public:
  void Begin(const RecordBatchHead& head, const RecordId& id) {
    batch_.Begin(BatchTextBound(head));
    record_ids_.Begin(id);
    (RenderSameForAllRows(head, Lists{}), ...);
  }

  // An object of the fields in the list, without its closing brace.
  template <Field... kFields>
  char* PutOpen(char* to, const RecordRow& row, FieldList<kFields...>) {
    char* const start = to;
    ((to = PutField<kFields>(to, row)), ...);
    *start = '{';  // in place of the first field's comma
    return to;
  }

 private:
  template <Field... kFields>
  void RenderSameForAllRows(const RecordBatchHead& head, FieldList<kFields...>) {
    (RenderSameForAllRows<kFields>(head), ...);
  }
  template <Field kField>
  void RenderSameForAllRows(const RecordBatchHead& head) {
    if constexpr (IsSameForAllRows(kField)) {
      batch_.Add(kField, [&](char* to) { return PutKeyAndValue<kField>(to, ValueOf<kField>(head)); });
    }
  }

  template <Field kField>
  char* PutField(char* to, const RecordRow& row) {
    if constexpr (IsSameForAllRows(kField)) {
      return Put(to, batch_[kField]);
    } else if constexpr (kField == Field::kRecordId) {
      return Put(record_ids_.Put(PutKey<kField>(to)), '"');
    } else {
      return PutKeyAndValue<kField>(to, ValueOf<kField>(row));
    }
  }
  template <Field kField, typename Value>
  char* PutKeyAndValue(char* to, const Value& value) {
    if (!IsAlwaysWritten(kField, kShape) && !IsKnown(value)) return to;
    return PutValue(PutKey<kField>(to), value);
  }
  template <Field kField>
  static char* PutKey(char* to) {
    return Put(to, std::string_view(kKey<kField>.data(), kKey<kField>.size()));
  }

  char* PutValue(char* to, const Guid& id) { return Put(guids_.Put(to, id), '"'); }
  char* PutValue(char* to, EscapedText text) { return Put(Put(to, text.json), '"'); }
  char* PutValue(char* to, const std::optional<Timestamp>& time) { return Put(times_.Put(to, *time), '"'); }
  char* PutValue(char* to, const std::optional<int64_t>& number) { return Put(to, *number); }
  char* PutValue(char* to, std::string_view json) { return Put(to, json); }

  BatchText batch_;
  RecordIdWriter record_ids_;
  TimestampWriter times_;
  GuidWriter guids_;
};

template <RecordKind kKind>
class JsonLinesRows {
 public:
  void Begin(const RecordBatchHead& head, const RecordId& id, bool) { objects_.Begin(head, id); }
  char* Put(char* to, const RecordRow& row) { return rawhaul::Put(objects_.PutOpen(to, row, Flat{}), "}\n"); }
  char* Finish(char* to) { return to; }

 private:
  using Flat = typename RecordShape<kKind>::Flat;
  ObjectWriter<Shape::kLines, Flat> objects_;
};

// Every row is an element.
template <RecordKind kKind>
class JsonElementRows {
 public:
  void Begin(const RecordBatchHead& head, const RecordId& id, bool first) {
    objects_.Begin(head, id);
    first_ = first;
  }
  char* Put(char* to, const RecordRow& row) {
    if (!std::exchange(first_, false)) to = rawhaul::Put(to, kJsonSeparator);
    return rawhaul::Put(objects_.PutOpen(to, row, Element{}), '}');
  }
  char* Finish(char* to) { return to; }

 private:
  using Element = typename RecordShape<kKind>::Element;
  ObjectWriter<Shape::kArray, Element> objects_;
  bool first_ = true;
};

// Rows stand in the array of an element, as long as the element's own fields stay the same.
template <RecordKind kKind>
class JsonGroupedRows {
 public:
  void Begin(const RecordBatchHead& head, const RecordId& id, bool first) {
    objects_.Begin(head, id);
    first_ = first;
    open_ = false;
  }
  char* Put(char* to, const RecordRow& row) {
    to = BelongsToOpenElement(row) ? rawhaul::Put(to, ',') : PutElementStart(to, row);
    return rawhaul::Put(objects_.PutOpen(to, row, Inner{}), '}');
  }
  char* Finish(char* to) { return rawhaul::Put(to, kElementEnd); }

 private:
  using Element = typename RecordShape<kKind>::Element;
  using Inner = typename RecordShape<kKind>::Inner;
  static constexpr std::string_view kElementEnd = "]}";

  bool BelongsToOpenElement(const RecordRow& row) const {
    return open_ && (kKind != RecordKind::kActivity || row.session_id == session_);
  }
  char* PutElementStart(char* to, const RecordRow& row) {
    if (open_) to = rawhaul::Put(to, kElementEnd);
    if (open_ || !first_) to = rawhaul::Put(to, kJsonSeparator);
    open_ = true;
    session_ = row.session_id;
    to = objects_.PutOpen(to, row, Element{});
    to = rawhaul::Put(to, ",\"");
    to = rawhaul::Put(to, RecordShape<kKind>::kArray);
    return rawhaul::Put(to, "\":[");
  }

  ObjectWriter<Shape::kArray, Element, Inner> objects_;
  bool first_ = true;
  bool open_ = false;
  Guid session_;
};

}  // namespace

std::unique_ptr<RecordEncoder> MakeJsonLinesEncoder(RecordKind kind) {
  return WithKind(kind, [&]<RecordKind kKind>() -> std::unique_ptr<RecordEncoder> {
    return std::make_unique<RowsEncoder<JsonLinesRows<kKind>>>(kind);
  });
}

std::unique_ptr<RecordEncoder> MakeJsonArrayEncoder(RecordKind kind) {
  return WithKind(kind, [&]<RecordKind kKind>() -> std::unique_ptr<RecordEncoder> {
    if constexpr (RecordShape<kKind>::kArray.empty()) {
      return std::make_unique<RowsEncoder<JsonElementRows<kKind>>>(kind);
    } else {
      return std::make_unique<RowsEncoder<JsonGroupedRows<kKind>>>(kind);
    }
  });
}

}  // namespace rawhaul
