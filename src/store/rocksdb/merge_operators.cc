#include "store/rocksdb/merge_operators.h"

#include <rocksdb/merge_operator.h>

#include <deque>
#include <optional>
#include <string>

#include "model/device.h"
#include "model/feedback.h"

namespace rawhaul {
namespace {

// Below this there is nothing that could be forgotten.
void Settle(DevicePatch& state) { state.Settle(); }
void Settle(Feedback&) {}

// Changes that are more than that stay apart until they meet the state that they change.
constexpr size_t kMaxMergedChange = size_t{1} << 20;

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
    for (const rocksdb::Slice& change : in.operand_list) {
      if (!Add(change, sum)) return false;
    }
    if (sum) Settle(*sum);
    if (sum) out->new_value = sum->Encode();
    return sum.has_value();
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands, std::string* out,
                         rocksdb::Logger*) const override {
    size_t bytes = 0;
    for (const rocksdb::Slice& change : operands) bytes += change.size();
    if (bytes > kMaxMergedChange) return false;
    std::optional<T> sum;
    for (const rocksdb::Slice& change : operands) {
      if (!Add(change, sum)) return false;
    }
    if (sum) *out = sum->Encode();
    return sum.has_value();
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
