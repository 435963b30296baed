// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/protocol/budget_messages.hpp"
#include "drydock/protocol/keeping.hpp"
#include "drydock/protocol/messages.hpp"

#include <caf/type_id.hpp>

CAF_BEGIN_TYPE_ID_BLOCK(drydock, first_custom_type_id)

CAF_ADD_TYPE_ID(drydock, (drydock::protocol::begin_upgrade))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::cancel_upgrade))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::delete_instance))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::rollout_timer))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::instance_update))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::shard_report))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::watch_health))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::work_on_instances))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::abandon_work))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::forget_instance))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::work_report))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::health_update))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::health_report))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::flush_report))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::work_on_instance))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::step_begun))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::step_ended))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::step_inspected))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::work_timer))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::hold_probes))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::probe_wish))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::resume_probes))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::probe_tick))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::probes_answered))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::approve_upgrade))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::upgrade_hook_ended))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::guard_report))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::stop_keeping))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::steer_repairs))
CAF_ADD_TYPE_ID(drydock, (drydock::protocol::budget_news))

CAF_END_TYPE_ID_BLOCK(drydock)
