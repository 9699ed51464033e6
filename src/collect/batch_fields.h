// What stands in a batch beside its records: checks one value and puts it into the batch. Errors are
// kInvalidArgument and refuse the batch.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "collect/batch_parser.h"
#include "collect/json_value.h"
#include "model/device.h"

namespace rawhaul {

// `field` must be an object, but is `value`.
tl::unexpected<Error> NotAnObject(std::string_view field);

// Whether a device may have the tag. `object` is where it stands ("appInfo"), for the error.
Status CheckTag(std::string_view object, std::string_view key, std::string_view value,
                const CollectLimits& limits);
// Whether a batch, or what else names tags of a device, may name so many: kInvalidArgument with the reason
// TooManyTags. Asked before work is done for them.
Status CheckTagCount(std::string_view object, size_t count);

Status SetDeviceId(const JsonValue& value, CollectedBatch& batch);
Status SetBatchId(const JsonValue& value, CollectedBatch& batch);
Status SetSentAt(const JsonValue& value, CollectedBatch& batch);
Status SetNativePushEnabled(const JsonValue& value, CollectedBatch& batch);

// The member `key` of "info" or "location" (`object`). Unknown keys and nulls are passed over.
Status SetField(std::string_view object, std::span<const FieldSpec> specs, std::string_view key,
                const JsonValue& value, FieldValues& out);
// The member `key` of "appInfo".
Status AddTag(std::string_view key, const JsonValue& value, const CollectLimits& limits,
              CollectedBatch& batch);
// The member `key` of "pushToken"; CheckToken when all have been seen.
Status SetTokenField(std::string_view key, const JsonValue& value, PushToken& token);
Status CheckToken(const PushToken& token);

}  // namespace rawhaul
