// The tables of the store, as the steps that made them what they are. A step that was released is never changed; what
// is new is a further step.
#pragma once

#include <span>

#include "store/migrations.h"

namespace hearth {

std::span<const Migration> store_migrations();

}  // namespace hearth
