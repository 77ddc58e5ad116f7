//! Somebody who keeps looking at what was just changed, wherever a process shows it: mostly at those
//! that have been stopped and do not know yet what they have missed.

use std::sync::Arc;

use crate::process::Process;
use crate::world::World;

/// How often somebody looks at a process that goes on again.
const LOOKS: u32 = 20;

/// Looks around as long as the storm lasts.
pub(crate) async fn look_around(world: Arc<World>) {
    let mut dice = world.dice.of("onlooker", 0);
    while world.storm.is() {
        tokio::time::sleep(dice.millis(20..600)).await;
        let Some(process) = world.somewhere(&mut dice) else { continue };
        if let Some(dossier) = dice.pick(&world.witness.recent()).copied() {
            world.glance(&process, dossier, &mut dice).await;
        }
    }
}

/// Looks at what one process shows now.
pub(crate) async fn look_at(world: Arc<World>, process: Arc<Process>) {
    let mut dice = world.dice.of(&process.life.name, u64::from(LOOKS));
    for _ in 0..LOOKS {
        if let Some(dossier) = dice.pick(&world.witness.recent()).copied() {
            world.glance(&process, dossier, &mut dice).await;
        }
        tokio::time::sleep(dice.millis(1..120)).await;
    }
}
