// What happens after the disk did not take something.
#pragma once

#include <memory>

namespace rocksdb {
class EventListener;
}

namespace rawhaul {

// Logs when the store stops taking writes, and when it takes them again. Where RocksDB takes no more writes,
// it leaves it to the next write to try again at once (DB::Resume); RocksDB by itself looks every five
// seconds whether there is space, and refuses Resume meanwhile. Any I/O error can be resumed from.
std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener();

}  // namespace rawhaul
