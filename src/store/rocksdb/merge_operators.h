// How RocksDB adds up what is written to one device, or to one device's feedback on a campaign.
#pragma once

#include <memory>

namespace rocksdb {
class MergeOperator;
}

namespace rawhaul {

std::shared_ptr<rocksdb::MergeOperator> MakeDeviceMerge();
std::shared_ptr<rocksdb::MergeOperator> MakeFeedbackMerge();

}  // namespace rawhaul
