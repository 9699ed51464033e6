// The one table of which fields make up a record of each kind, and in what order. The encoders are
// instantiated from it and the columns are made from it, so that they cannot disagree. docs/exported-files.md
// describes the result.
#pragma once

#include <cstdint>
#include <string_view>

#include "format/columns.h"
#include "model/record_batch.h"

namespace rawhaul {

enum class Field : uint8_t {
  kRecordId,
  kDeviceId,
  kUserId,
  kSessionId,
  kJobId,
  kName,
  kCrashId,
  kTimestamp,
  kDurationMs,
  kInfoId,
  kLocationId,
  kStart,
  kEnd,
  kStack,
  kExtras,
  kReceivedAt,
  // An id that the JSON array leaves out when it is unknown; the ids above are then 32 zeros there.
  kJobIdIfKnown,
  kInfoIdIfKnown,
  kLocationIdIfKnown,
};

constexpr Column Describe(Field field) {
  switch (field) {
    case Field::kRecordId:
      return {"recordId", "string"};
    case Field::kDeviceId:
      return {"deviceId", "guid"};
    case Field::kUserId:
      return {"userId", "string"};
    case Field::kSessionId:
      return {"sessionId", "guid"};
    case Field::kJobId:
    case Field::kJobIdIfKnown:
      return {"jobId", "guid"};
    case Field::kName:
      return {"name", "string"};
    case Field::kCrashId:
      return {"crashId", "string"};
    case Field::kTimestamp:
      return {"timestamp", "timestamp"};
    case Field::kDurationMs:
      return {"durationMs", "integer"};
    case Field::kInfoId:
    case Field::kInfoIdIfKnown:
      return {"infoId", "guid"};
    case Field::kLocationId:
    case Field::kLocationIdIfKnown:
      return {"locationId", "guid"};
    case Field::kStart:
      return {"start", "timestamp"};
    case Field::kEnd:
      return {"end", "timestamp"};
    case Field::kStack:
      return {"stack", "string"};
    case Field::kExtras:
      return {"extras", "json"};
    case Field::kReceivedAt:
      return {"receivedAt", "timestamp"};
  }
  return {};
}

template <Field... fields>
struct FieldList {};

// `Element`: the fields of an element of the JSON array; rows of one batch with the same element stand
// together in its array `kArray`, as objects of the fields `Inner`. Where `kArray` is empty every row is an
// element. `Flat`: the fields of CSV and JSON lines.
template <RecordKind kKind>
struct RecordShape;

namespace record_shapes {
using enum Field;
using EventInner = FieldList<kName, kTimestamp, kInfoId, kSessionId, kLocationId, kJobIdIfKnown, kExtras>;
using EventFlat = FieldList<kRecordId, kDeviceId, kUserId, kName, kTimestamp, kInfoId, kSessionId,
                            kLocationId, kJobId, kExtras, kReceivedAt>;
using CrashInner = FieldList<kCrashId, kTimestamp, kInfoId, kSessionId, kLocationId, kStack, kExtras>;
using CrashFlat = FieldList<kRecordId, kDeviceId, kUserId, kCrashId, kTimestamp, kInfoId, kSessionId,
                            kLocationId, kStack, kExtras, kReceivedAt>;
using ActivityInner = FieldList<kName, kTimestamp, kDurationMs, kExtras>;
using ActivityFlat = FieldList<kRecordId, kDeviceId, kUserId, kSessionId, kName, kTimestamp, kDurationMs,
                               kExtras, kReceivedAt>;
using JobElement = FieldList<kJobId, kName, kDeviceId, kUserId, kInfoId, kStart, kEnd, kExtras>;
using JobFlat =
    FieldList<kRecordId, kDeviceId, kUserId, kJobId, kName, kInfoId, kStart, kEnd, kExtras, kReceivedAt>;
using SessionElement =
    FieldList<kSessionId, kDeviceId, kUserId, kStart, kEnd, kInfoIdIfKnown, kLocationIdIfKnown>;
using SessionFlat =
    FieldList<kRecordId, kDeviceId, kUserId, kSessionId, kStart, kEnd, kInfoId, kLocationId, kReceivedAt>;
using DeviceElement = FieldList<kDeviceId, kUserId>;
using DeviceSessionElement = FieldList<kDeviceId, kUserId, kSessionId>;
}  // namespace record_shapes

template <>
struct RecordShape<RecordKind::kActivity> {
  static constexpr std::string_view kArray = "activities";
  using Element = record_shapes::DeviceSessionElement;
  using Inner = record_shapes::ActivityInner;
  using Flat = record_shapes::ActivityFlat;
};
template <>
struct RecordShape<RecordKind::kEvent> {
  static constexpr std::string_view kArray = "events";
  using Element = record_shapes::DeviceElement;
  using Inner = record_shapes::EventInner;
  using Flat = record_shapes::EventFlat;
};
template <>
struct RecordShape<RecordKind::kError> : RecordShape<RecordKind::kEvent> {
  static constexpr std::string_view kArray = "errors";
};
template <>
struct RecordShape<RecordKind::kCrash> {
  static constexpr std::string_view kArray = "crashes";
  using Element = record_shapes::DeviceElement;
  using Inner = record_shapes::CrashInner;
  using Flat = record_shapes::CrashFlat;
};
template <>
struct RecordShape<RecordKind::kJob> {
  static constexpr std::string_view kArray = "";
  using Element = record_shapes::JobElement;
  using Inner = FieldList<>;
  using Flat = record_shapes::JobFlat;
};
template <>
struct RecordShape<RecordKind::kSession> {
  static constexpr std::string_view kArray = "";
  using Element = record_shapes::SessionElement;
  using Inner = FieldList<>;
  using Flat = record_shapes::SessionFlat;
};

}  // namespace rawhaul
