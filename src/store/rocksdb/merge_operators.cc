#include "store/rocksdb/merge_operators.h"

#include <rocksdb/merge_operator.h>

#include <deque>
#include <optional>
#include <string>

#include "model/device.h"
#include "model/feedback.h"

namespace rawhaul {
namespace {

// Stored state and change have one form, so a sum of changes is a change, too. T is DevicePatch or Feedback.
// A value that cannot be decoded makes RocksDB report corruption.
template <typename T>
class SumOperator final : public rocksdb::MergeOperator {
 public:
  explicit SumOperator(const char* name) : name_(name) {}

  // RocksDB refuses to open data that was written under another name.
  const char* Name() const override { return name_; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::optional<T> sum;
    if (in.existing_value != nullptr && !Add(*in.existing_value, sum)) return false;
    return AddAll(in.operand_list, sum, out->new_value);
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands, std::string* out,
                         rocksdb::Logger*) const override {
    std::optional<T> sum;
    return AddAll(operands, sum, *out);
  }

 private:
  static bool Add(const rocksdb::Slice& encoded, std::optional<T>& sum) {
    auto value = T::Decode(encoded.ToStringView());
    if (!value) return false;
    if (sum) {
      sum->Merge(*value);
    } else {
      sum = *std::move(value);
    }
    return true;
  }

  static bool AddAll(const auto& operands, std::optional<T>& sum, std::string& out) {
    for (const rocksdb::Slice& operand : operands) {
      if (!Add(operand, sum)) return false;
    }
    if (sum) out = sum->Encode();
    return sum.has_value();
  }

  const char* const name_;
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> MakeDeviceMerge() {
  return std::make_shared<SumOperator<DevicePatch>>("rawhaul.device");
}

std::shared_ptr<rocksdb::MergeOperator> MakeFeedbackMerge() {
  return std::make_shared<SumOperator<Feedback>>("rawhaul.feedback");
}

}  // namespace rawhaul
