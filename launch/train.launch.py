"""Trains a policy. Every argument is a flag of `flowmatching train`, declared below or not. docs/launch.md describes them."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch_ros.actions import Node

# After Ctrl-C the step is finished and a checkpoint written, which takes longer than launch waits by default.
PATIENCE = '600'


def trainer(context):
    # All that was given, so that a mistyped flag is refused and not ignored. What begins with ros_ is launch_ros' own.
    given = {name: value for name, value in context.launch_configurations.items() if isinstance(value, str) and not name.startswith('ros_')}
    return [Node(
        package='flowmatching',
        executable='flowmatching',
        arguments=['train'] + ['--' + name + '=' + value for name, value in given.items() if value],
        output='screen',
        emulate_tty=True,
        sigterm_timeout=PATIENCE,
        sigkill_timeout=PATIENCE,
    )]


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument(
            'dataset.repo_id', default_value='',
            description='Data set: a name on the hub, or below HF_LEROBOT_HOME.'),
        DeclareLaunchArgument(
            'dataset.root', default_value='',
            description='Directory of a LeRobotDataset on this machine.'),
        DeclareLaunchArgument(
            'output_dir', default_value='',
            description='Directory that the run makes. Not given: outputs/train/<date>/<time>_<job_name>.'),
        DeclareLaunchArgument(
            'job_name', default_value='',
            description="Name of the run. Not given: the policy's type."),
        DeclareLaunchArgument(
            'policy.path', default_value='',
            description='Checkpoint of a policy to train further, or its name on the hub.'),
        DeclareLaunchArgument(
            'policy.device', default_value='',
            description='cpu, cuda or cuda:N. Not given: cuda where there is one.'),
        DeclareLaunchArgument(
            'policy.repo_id', default_value='',
            description='Name on the hub for the trained policy.'),
        DeclareLaunchArgument(
            'steps', default_value='',
            description='Optimiser steps of the whole run. Not given: 100000.'),
        DeclareLaunchArgument(
            'batch_size', default_value='',
            description='Samples a step. Not given: 32.'),
        DeclareLaunchArgument(
            'resume', default_value='', choices=['', 'true', 'false', 'True', 'False'],
            description='Go on where config_path, or else the last checkpoint of output_dir, stopped.'),
        DeclareLaunchArgument(
            'config_path', default_value='',
            description='A train_config.json, a checkpoint or a run to take values from.'),
        DeclareLaunchArgument(
            'wandb.enable', default_value='', choices=['', 'true', 'false', 'True', 'False'],
            description='Send metrics to Weights & Biases. Not given: false.'),
        OpaqueFunction(function=trainer),
    ])
